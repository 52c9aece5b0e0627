import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { followScript, newWorkId, startScript, stopScript, type Work } from "./work.ts";

const DEADLINE = stretched(20_000);

/** A folder as on a server, whose programs are this text. */
async function server(t: TestContext, program: string): Promise<Work> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await symlink(process.execPath, join(folder, "node_modules/.bin/node"));
  await writeFile(join(folder, "program.ts"), program);
  return newWork(folder);
}

const newWork = (folder: string): Work => ({
  ...{ folder, id: newWorkId(), title: "make test", words: ["program.ts"] },
  variables: { GREETING: "it's $HOME" },
});

const sh = (script: string) => run("sh", [], { input: script, timeout: DEADLINE });

async function until(check: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE);
  while (!check()) {
    signal.throwIfAborted();
    await pause(20);
  }
}

test("a work runs with its variables, and is followed to its end and exit code", async (t) => {
  const work = await server(
    t,
    "console.log(process.env.GREETING); console.error('why'); process.exitCode = 7;",
  );
  assert.equal((await sh(startScript(work))).code, 0);
  const { code, stdout } = await sh(followScript(work, 0));
  assert.equal(code, 7);
  assert.equal(stdout, "it's $HOME\nwhy\n");
});

test("a work is followed from a byte on, also after its end", async (t) => {
  const work = await server(t, "console.log('one'); console.log('two');");
  await sh(startScript(work));
  await sh(followScript(work, 0));
  assert.deepEqual(
    [(await sh(followScript(work, 4))).stdout, (await sh(followScript(work, 8))).stdout],
    ["two\n", ""],
  );
});

/** Says that it is here, and waits for a signal, the file `go`, or the end of the test, which removes the folder. */
const WAITS = `
  import { existsSync, writeFileSync } from "node:fs";
  process.on("SIGINT", () => { console.log("stopped"); process.exit(130); });
  writeFileSync("here", "");
  setInterval(() => existsSync("here") || process.exit(1), 100);
  setInterval(() => existsSync("go") && (console.log("done"), process.exit(0)), 20);
`;

test("who follows may die: the work goes on, and another one is refused until its end", async (t) => {
  const work = await server(t, WAITS);
  await sh(startScript(work));
  await until(() => existsSync(join(work.folder, "here")));
  const follower = run("sh", [], { input: followScript(work, 0), timeout: 200 });
  assert.equal((await follower).code, 124, "the follower was killed");
  const other = newWork(work.folder);
  await sh(startScript(other));
  const refused = await sh(followScript(other, 0));
  assert.equal(refused.code, 1);
  assert.match(
    refused.stdout,
    /^gatehouse: make test by \S+@\S+, since .*, works on this server: wait/,
  );
  await writeFile(join(work.folder, "go"), "");
  assert.deepEqual(await sh(followScript(work, 0)).then(({ code, stdout }) => [code, stdout]), [
    0,
    "done\n",
  ]);
  const next = newWork(work.folder);
  await sh(startScript(next));
  assert.equal((await sh(followScript(next, 0))).code, 0, "the lock is free again");
});

test("a work is stopped as by Ctrl-C", async (t) => {
  const work = await server(t, WAITS);
  await sh(startScript(work));
  await until(() => existsSync(join(work.folder, "here")));
  await sh(stopScript(work));
  const { code, stdout } = await sh(followScript(work, 0));
  assert.deepEqual([code, stdout], [130, "stopped\n"]);
});

test("a work that was stopped before its program began does not begin", async (t) => {
  const work = await server(t, WAITS);
  const folder = join(work.folder, ".releases/runs", work.id);
  await mkdir(folder, { recursive: true });
  await sh(stopScript(work));
  await sh(startScript(work));
  assert.equal((await sh(followScript(work, 0))).code, 130);
  assert.equal(existsSync(join(work.folder, "here")), false);
});

test("the last twenty runs keep their output", async (t) => {
  const work = await server(t, "console.log('x')");
  for (let at = 10; at < 35; at++) {
    await mkdir(join(work.folder, `.releases/runs/2020-01-01T00-00-${at}-aaaaaa`), {
      recursive: true,
    });
  }
  await sh(startScript(work));
  await sh(followScript(work, 0));
  const kept = await readdir(join(work.folder, ".releases/runs"));
  assert.equal(kept.length, 20);
  assert.ok(kept.includes(work.id));
  assert.equal(await readFile(join(work.folder, ".releases/runs", work.id, "log"), "utf8"), "x\n");
});
