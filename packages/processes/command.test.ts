import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ControlSocket, runCommand, unknownVerb, type VerbCall, type VerbTable } from "./index.ts";

/** Runs a command line against a service in this process; the calls it received, and its exit code. */
async function command(t: TestContext, ...args: string[]) {
  const calls: VerbCall[] = [];
  const verbs: VerbTable<object> = {
    purge: {
      operand: "ADDRESS",
      flags: { all: "boolean", message: "string" },
      run: async (_, call) => {
        calls.push(call);
        if (call.operand === "/broken") throw new Error("purge: it is broken");
        return "purged";
      },
      show: () => undefined,
    },
    reload: { run: async () => "reloaded", show: () => undefined },
  };
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-command-"));
  const control = new ControlSocket(verbs, {});
  await control.open(join(folder, "control"));
  t.after(async () => {
    await control.close();
    await rm(folder, { recursive: true });
  });
  let flags: readonly string[] = [];
  const code = await runCommand(verbs, args, {
    name: "service",
    settings: ["httpPort", "controlSocket"],
    sockets: (given) => {
      flags = given;
      if (given.includes("--control-socket=off")) return [];
      return [join(folder, given.includes("--http-port=9") ? "nothing" : "control")];
    },
  });
  return { code, calls, flags };
}

test("a verb gets its operand and its flags; flags of settings lead to the service", async (t) => {
  const { code, calls, flags } = await command(
    t,
    "--http-port=1",
    "purge",
    "/news",
    "--message=now",
    "--control-socket",
    "/run/a",
  );
  assert.equal(code, 0);
  assert.deepEqual(calls, [{ operand: "/news", flags: { message: "now" } }]);
  assert.deepEqual(flags, ["--http-port=1", "--control-socket=/run/a"]);
});

test("a command line without a verb is none", async (t) => {
  for (const args of [[], ["--http-port=1"], ["app.ts"], ["toString"]]) {
    assert.equal((await command(t, ...args)).code, undefined, args.join(" "));
  }
});

for (const [what, args, code] of [
  ["a verb that fails", ["purge", "/broken"], 1],
  ["a flag of another verb", ["reload", "--all"], 1],
  ["a word too many", ["purge", "/a", "/b"], 1],
  ["a word for a verb that takes none", ["reload", "now"], 1],
  ["a control socket that is off", ["reload", "--control-socket=off"], 1],
  ["no service that listens", ["reload", "--http-port=9"], 69],
] as const) {
  test(`${what}: exit code ${code}`, async (t) => {
    assert.equal((await command(t, ...args)).code, code);
  });
}

/** Milliseconds within which a service of the tests responds to a ping. */
const PING_TIMEOUT = 100;

/** As a frozen process: the kernel has the connection, and no response comes. */
async function freeze(t: TestContext, path: string): Promise<void> {
  const server = createServer((client) => {
    client.on("error", () => {});
    t.after(() => client.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => server.close());
}

/**
 * Services that share a folder of control sockets, and a command among them; "gone" has left its socket, "slow" takes
 * longer than for a ping.
 */
async function shared(t: TestContext, word: string, ...names: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-command-"));
  t.after(() => rm(folder, { recursive: true }));
  const done: string[] = [];
  const shown: string[] = [];
  const verbs: VerbTable<string> = {
    reload: {
      run: async (name) => {
        done.push(name);
        if (name === "broken") throw new Error("it is broken");
        if (name === "slow") await pause(3 * PING_TIMEOUT);
        return "reloaded";
      },
      show: (text) => void shown.push(text),
    },
    status: { alone: true, run: async (name) => name, show: (text) => void shown.push(text) },
  };
  if (names.includes("frozen")) await freeze(t, join(folder, "frozen"));
  for (const name of names.filter((each) => each !== "gone" && each !== "frozen")) {
    const control = new ControlSocket(verbs, name);
    await control.open(join(folder, name));
    t.after(() => control.close());
  }
  const sockets = () => names.map((name) => join(folder, name));
  const target = { name: "service", settings: [], sockets, pingTimeout: PING_TIMEOUT };
  const code = await runCommand(verbs, [word], target);
  return { code, done: done.sort(), shown };
}

test("a verb reaches all that share a folder; the same words are printed once", async (t) => {
  const { code, done, shown } = await shared(t, "reload", "own", "gone", "other");
  assert.deepEqual([code, done, shown], [0, ["other", "own"], ["reloaded"]]);
});

test("if one of them fails, the verb fails, and the others have done it", async (t) => {
  const { code, done } = await shared(t, "reload", "own", "broken", "other");
  assert.deepEqual([code, done], [1, ["broken", "other", "own"]]);
});

test("a verb may take longer than a ping, and does not wait for a service that is frozen", async (t) => {
  const { code, done } = await shared(t, "reload", "own", "slow");
  assert.deepEqual([code, done], [0, ["own", "slow"]]);
  assert.equal((await shared(t, "reload", "own", "frozen")).code, 1);
});

test("without the own service the exit code is 69, and the others have done it", async (t) => {
  const { code, done } = await shared(t, "reload", "gone", "other");
  assert.deepEqual([code, done], [69, ["other"]]);
});

test("a verb that is about one service reaches the own one alone", async (t) => {
  assert.deepEqual((await shared(t, "status", "own", "other")).shown, ["own"]);
});

test("a misspelt verb is named together with the one that is meant", () => {
  const verbs = { pause: { run: async () => "" }, live: { run: async () => "" } };
  assert.equal(unknownVerb("paus", verbs).message, "paus: no such verb; did you mean pause?");
  assert.equal(unknownVerb("x", verbs).message, "x: no such verb; there are pause, live");
});
