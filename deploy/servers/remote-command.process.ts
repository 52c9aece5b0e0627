import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../command.ts";
import { BUSY_EXIT_CODE } from "../problem.ts";
import { followScript, startScript, stopScript } from "./remote-command.ts";
import { lockedBySomethingElse, newCommand, server, sh, until } from "./testing.ts";

test("a command runs with its variables, and is followed to its end and exit code", async (t) => {
  const command = await server(
    t,
    "console.log(process.env.GREETING); console.error('why'); process.exitCode = 7;",
  );
  assert.equal((await sh(startScript(command))).code, 0);
  const { code, stdout } = await sh(followScript(command, 0));
  assert.equal(code, 7);
  assert.equal(stdout, "it's $HOME\nwhy\n");
});

test("a command is followed from a byte on, also after its end", async (t) => {
  const command = await server(t, "console.log('one'); console.log('two');");
  await sh(startScript(command));
  await sh(followScript(command, 0));
  assert.deepEqual(
    [(await sh(followScript(command, 4))).stdout, (await sh(followScript(command, 8))).stdout],
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

test("a command without the lock works beside one that has it", async (t) => {
  const command = await server(t, WAITS);
  await sh(startScript(command));
  await until(() => existsSync(join(command.folder, "here")));
  await writeFile(join(command.folder, "quick.ts"), "console.log('live');");
  const words = { words: ["quick.ts"] };
  const quick = { ...newCommand(command.folder), ...words, unlocked: true };
  await sh(startScript(quick));
  const { code, stdout } = await sh(followScript(quick, 0));
  assert.deepEqual([code, stdout], [0, "live\n"]);
  const other = { ...newCommand(command.folder), ...words };
  await sh(startScript(other));
  assert.equal((await sh(followScript(other, 0))).code, BUSY_EXIT_CODE);
  await writeFile(join(command.folder, "go"), "");
  assert.equal((await sh(followScript(command, 0))).code, 0);
});

test("who follows may die: the command goes on, and another one is refused until its end", async (t) => {
  const command = await server(t, WAITS);
  await sh(startScript(command));
  await until(() => existsSync(join(command.folder, "here")));
  const follower = run("sh", [], { input: followScript(command, 0), timeout: 200 });
  assert.equal((await follower).code, 124, "the follower was killed");
  const other = newCommand(command.folder);
  await sh(startScript(other));
  const refused = await sh(followScript(other, 0));
  assert.equal(refused.code, BUSY_EXIT_CODE);
  assert.match(
    refused.stdout,
    /^gatehouse: make test by \S+@\S+, since \S+, works on this server: wait/,
  );
  await writeFile(join(command.folder, "go"), "");
  assert.deepEqual(await sh(followScript(command, 0)).then(({ code, stdout }) => [code, stdout]), [
    0,
    "done\n",
  ]);
  const next = newCommand(command.folder);
  await sh(startScript(next));
  assert.equal((await sh(followScript(next, 0))).code, 0, "the lock is free again");
});

test("a command is stopped as by Ctrl-C", async (t) => {
  const command = await server(t, WAITS);
  await sh(startScript(command));
  await until(() => existsSync(join(command.folder, "here")));
  await sh(stopScript(command));
  const { code, stdout } = await sh(followScript(command, 0));
  assert.deepEqual([code, stdout], [130, "stopped\n"]);
});

test("a stop reaches a program that has only just begun, and has no handler for signals yet", async (t) => {
  const command = await server(t, "");
  const node = join(command.folder, "node_modules/.bin/node");
  await rm(node);
  const pid = `.releases/commands/${command.id}/pid`;
  const slow = `#!/bin/sh\n[ "$(cat ${pid})" = $$ ] && : > here\nuntil [ -e go ]; do sleep 0.02; done\n`;
  await writeFile(node, slow, { mode: 0o755 });
  await sh(startScript(command));
  await until(() => existsSync(join(command.folder, "here")));
  await sh(stopScript(command));
  await writeFile(join(command.folder, "go"), "");
  assert.equal((await sh(followScript(command, 0))).code, 130);
});

test("a command that was stopped before its program began does not begin", async (t) => {
  const command = await server(t, WAITS);
  const folder = join(command.folder, ".releases/commands", command.id);
  await mkdir(folder, { recursive: true });
  await sh(stopScript(command));
  await sh(startScript(command));
  assert.equal((await sh(followScript(command, 0))).code, 130);
  assert.equal(existsSync(join(command.folder, "here")), false);
});

test("the last twenty commands keep their output", async (t) => {
  const command = await server(t, "console.log('x')");
  for (let at = 10; at < 35; at++) {
    await mkdir(join(command.folder, `.releases/commands/2020-01-01T00-00-${at}-aaaaaa`), {
      recursive: true,
    });
  }
  await sh(startScript(command));
  await sh(followScript(command, 0));
  const kept = await readdir(join(command.folder, ".releases/commands"));
  assert.equal(kept.length, 20);
  assert.ok(kept.includes(command.id));
  assert.equal(
    await readFile(join(command.folder, ".releases/commands", command.id, "log"), "utf8"),
    "x\n",
  );
});

test("a refusal names no command that has ended", async (t) => {
  const command = await server(t, "");
  await sh(startScript(command));
  await sh(followScript(command, 0));
  await lockedBySomethingElse(t, command);
  const next = newCommand(command.folder);
  await sh(startScript(next));
  const { stdout } = await sh(followScript(next, 0));
  assert.equal(
    stdout,
    "gatehouse: another command works on this server: wait until it has ended\n",
  );
});
