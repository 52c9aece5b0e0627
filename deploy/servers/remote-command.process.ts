import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { run } from "../command.ts";
import { BUSY_EXIT_CODE } from "../problem.ts";
import { temporaryFolder } from "../testing.ts";
import {
  followScript,
  newCommandId,
  type RemoteCommand,
  startScript,
  stopScript,
} from "./remote-command.ts";

const DEADLINE = stretched(20_000);

/** A folder as on a server, whose programs are this text. */
async function server(t: TestContext, program: string): Promise<RemoteCommand> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await symlink(process.execPath, join(folder, "node_modules/.bin/node"));
  await writeFile(join(folder, "program.ts"), program);
  return newCommand(folder);
}

const newCommand = (folder: string): RemoteCommand => ({
  ...{ folder, id: newCommandId(), title: "make test", words: ["program.ts"] },
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

/** Has a program hold the lock that does not say who it is. @returns what ends it */
async function lockedBySomethingElse(t: TestContext, { folder }: RemoteCommand) {
  const lock = join(folder, ".releases/lock");
  const other = spawn("flock", [lock, "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  t.after(() => other.kill());
  await until(() => spawnSync("flock", ["--nonblock", lock, "true"]).status === 1);
  return async (): Promise<void> => {
    other.stdin.end();
    await once(other, "close");
  };
}

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

/** A server with a repository of one commit, and two toolsets. */
async function repository(t: TestContext): Promise<RemoteCommand> {
  const command = await server(t, "");
  const { folder } = command;
  await mkdir(join(folder, "deploy/servers/there"), { recursive: true });
  // What receives settings for a clone is tested by the suite of the servers.
  await writeFile(
    join(folder, "deploy/servers/there/receive.ts"),
    'import { writeFileSync } from "node:fs"; import { text } from "node:stream/consumers";\n' +
      'writeFileSync(".env", await text(process.stdin));\n',
  );
  for (const name of ["used", "earlier", "another-operators"]) {
    const toolset = join(folder, ".releases/toolsets", name);
    await mkdir(join(toolset, "node_modules/.bin"), { recursive: true });
    await symlink(process.execPath, join(toolset, "node_modules/.bin/node"));
  }
  await utimes(join(folder, ".releases/toolsets/earlier"), 0, 0);
  const git = (...args: string[]) => run("git", ["-C", folder, ...args]);
  await git("init", "--quiet");
  await git("add", "deploy", "program.ts");
  const name = ["-c", "user.name=Jo", "-c", "user.email=jo@shop.example"];
  await git(...name, "commit", "--quiet", "--message", "one");
  const commit = (await git("rev-parse", "HEAD")).stdout.trim();
  const tools = join(folder, ".releases/toolsets/used");
  return { ...command, tree: { commit, tools, settings: { KEY: SECRET } } };
}

const SECRET = "it's a secret";

/** The files of a folder that have a word in them. */
async function filesWith(folder: string, word: string): Promise<string[]> {
  const { stdout } = await run("grep", ["-rlF", "--exclude-dir=.git", word, folder]);
  return stdout.split("\n").filter(Boolean);
}

test("settings reach the command in no file of their own, also if the command is refused", async (t) => {
  const command = await repository(t);
  const unlock = await lockedBySomethingElse(t, command);
  await sh(startScript(command));
  assert.equal((await sh(followScript(command, 0))).code, BUSY_EXIT_CODE);
  assert.deepEqual(await filesWith(command.folder, SECRET), []);
  await unlock();
  const next = { ...command, id: newCommandId() };
  await sh(startScript(next));
  const { code, stdout } = await sh(followScript(next, 0));
  assert.equal(code, 0, stdout);
  assert.deepEqual(await filesWith(command.folder, SECRET), [join(command.folder, ".env")]);
});

test("toolsets of earlier lock files are removed under the lock, and not one that was just sent", async (t) => {
  const command = await repository(t);
  const toolsets = join(command.folder, ".releases/toolsets");
  const unlock = await lockedBySomethingElse(t, command);
  await sh(startScript(command));
  await sh(followScript(command, 0));
  assert.equal((await readdir(toolsets)).length, 3, "another command has the lock");
  await unlock();
  const next = { ...command, id: newCommandId() };
  await sh(startScript(next));
  assert.equal((await sh(followScript(next, 0))).code, 0);
  assert.deepEqual((await readdir(toolsets)).sort(), ["another-operators", "used"]);
});
