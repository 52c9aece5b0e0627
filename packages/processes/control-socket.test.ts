import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ControlSocket, callVerb, controlPath, controlPaths, type VerbTable } from "./index.ts";

const VERBS: VerbTable<{ readonly name: string }> = {
  say: { operand: "WORD", run: async ({ name }, { operand }) => `${name}: ${operand}` },
  fail: {
    run: async () => {
      throw Object.assign(new Error("it failed"), { detail: "at line 7" });
    },
  },
};

async function open(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-control-"));
  const path = join(folder, "control");
  const control = new ControlSocket(VERBS, { name: "service" });
  await control.open(path);
  t.after(async () => {
    await control.close();
    await rm(folder, { recursive: true });
  });
  return path;
}

test("a verb runs in the service, with its operand, and its result comes back", async (t) => {
  const path = await open(t);
  const result = await callVerb(path, "say", { operand: "hello", flags: {} });
  assert.deepEqual(result, { ok: true, text: "service: hello" });
});

test("a verb that fails gives its reason and its detail; an unknown one gives the known ones", async (t) => {
  const path = await open(t);
  const failed = await callVerb(path, "fail", { flags: {} });
  assert.deepEqual(failed, { ok: false, text: "it failed", detail: "at line 7" });
  const unknown = await callVerb(path, "toString", { flags: {} });
  assert.deepEqual(unknown, { ok: false, text: "no such verb; there are say, fail" });
});

test("a client that closes within its request does no harm to the service", async (t) => {
  const path = await open(t);
  const client = createConnection(path);
  client.end('POST /say HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"oper');
  await once(client.resume(), "close");
  assert.equal((await callVerb(path, "say", { operand: "a", flags: {} }))?.ok, true);
});

test("only its owner may open the socket, and no second service may take it", async (t) => {
  const path = await open(t);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const second = new ControlSocket(VERBS, { name: "second" });
  await assert.rejects(second.open(path), /another process listens there/);
});

test("the socket of a service is named after its port, unless a setting names it", () => {
  assert.match(controlPath("web", "", 8080) ?? "", /\/web-8080\.ctl$/);
  assert.equal(controlPath("web", "/run/a.sock", 8080), "/run/a.sock");
  assert.equal(controlPath("web", "off", 8080), undefined);
  assert.equal(controlPath("web", "", 0), undefined);
});

test("services that share a folder find one another there, and each has its own path", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "gatehouse-control-"));
  const folder = join(root, "shared");
  await mkdir(folder);
  await writeFile(join(folder, "mode.json"), "");
  // One that a killed service has left, and one that is just being made.
  await writeFile(join(folder, "left.ctl"), "");
  await utimes(join(folder, "left.ctl"), 1, 1);
  await writeFile(join(folder, "young.ctl"), "");
  const [one, other] = [join(root, "one"), join(root, "other")];
  const controls = [
    new ControlSocket(VERBS, { name: "one" }),
    new ControlSocket(VERBS, { name: "other" }),
  ];
  await controls[0]?.open(one, folder);
  await controls[1]?.open(other, folder);
  t.after(async () => {
    await Promise.all(controls.map((control) => control.close()));
    await rm(root, { recursive: true });
  });
  for (const [own, name] of [
    [one, "one"],
    [other, "other"],
  ] as const) {
    const paths = controlPaths(own, folder);
    assert.equal(paths.length, 3, `${paths}`);
    const said = await callVerb(paths[0] ?? "", "say", { operand: "hello", flags: {} });
    assert.equal(said?.text, `${name}: hello`);
  }
  await controls[0]?.close();
  assert.equal(controlPaths(other, folder).length, 2);
  assert.deepEqual(controlPaths(one, ""), [one]);
});
