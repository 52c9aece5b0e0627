import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../command.ts";
import { BUSY_EXIT_CODE, BY_HAND_EXIT_CODE, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { newCommandId, type RemoteCommand } from "./remote-command.ts";
import { lockedBySomethingElse, runToEnd, server } from "./testing.ts";

const SECRET = "it's a secret";

/** Writes what it gets; what receives settings for a clone is tested by the suite of the servers. */
const RECEIVE = `
  import { writeFileSync } from "node:fs";
  import { text } from "node:stream/consumers";
  writeFileSync(".env", await text(process.stdin), { mode: 0o600 });
`;

/** A line of the journal of a release that runs. */
const DONE = '{"outcome":"done"}\n';

/** A folder as on a server, with a repository and toolsets. */
class Site {
  readonly #command: RemoteCommand;
  readonly folder: string;

  private constructor(command: RemoteCommand) {
    this.#command = command;
    this.folder = command.folder;
  }

  static async make(t: TestContext): Promise<Site> {
    const site = new Site(await server(t, ""));
    await mkdir(site.path("deploy/servers/there"), { recursive: true });
    await writeFile(site.path("deploy/servers/there/receive.ts"), RECEIVE);
    for (const name of ["used", "earlier", "another-operators"]) await site.toolset(name);
    await utimes(site.path(".releases/toolsets/earlier"), 0, 0);
    await site.git("init", "--quiet");
    return site;
  }

  /** One on which a release runs, and its deploy is over. */
  static async serving(t: TestContext): Promise<Site> {
    const site = await Site.make(t);
    await site.deploy("", { release: "one" });
    await appendFile(site.path(".releases/shop.jsonl"), DONE);
    await writeFile(site.path("app.env"), "WORD=one\n");
    return site;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async toolset(name: string): Promise<void> {
    const toolset = this.path(`.releases/toolsets/${name}/node_modules`);
    await mkdir(join(toolset, ".bin"), { recursive: true });
    await symlink(process.execPath, join(toolset, ".bin/node"));
    await writeFile(join(toolset, "name"), name);
  }

  async git(...args: string[]): Promise<string> {
    const user = ["-c", "user.name=Jo", "-c", "user.email=jo@shop.example"];
    return (await run("git", ["-C", this.folder, ...user, ...args])).stdout.trim();
  }

  /** A deploy of a commit whose program is this text. The tree stays as it is. */
  async commit(program: string, settings: unknown, toolset = "used"): Promise<RemoteCommand> {
    const before = await this.git("rev-parse", "--verify", "--quiet", "HEAD");
    await writeFile(this.path("program.ts"), program);
    await this.git("add", "deploy", "program.ts");
    await this.git("commit", "--quiet", "--allow-empty", "--message", "a release");
    const commit = await this.git("rev-parse", "HEAD");
    if (before !== "") await this.git("checkout", "--quiet", "--force", "--detach", before);
    const tools = this.path(`.releases/toolsets/${toolset}`);
    return { ...this.#command, id: newCommandId(), tree: { commit, tools, settings } };
  }

  async deploy(program: string, settings: unknown, toolset?: string) {
    return await runToEnd(await this.commit(program, settings, toolset));
  }

  /** All that belongs to the release that serves. */
  async state(): Promise<unknown> {
    const files = [".env", "app.env", ".releases/toolset", "node_modules/name"];
    const texts = files.map((name) => readFile(this.path(name), "utf8"));
    return [await this.git("rev-parse", "HEAD"), ...(await Promise.all(texts))];
  }

  /** The files that have a word in them. */
  async filesWith(word: string): Promise<string[]> {
    const { stdout } = await run("grep", ["-rlF", "--exclude-dir=.git", word, this.folder]);
    return stdout.split("\n").filter(Boolean);
  }
}

test("settings reach the command in no file of their own, also if the command is refused", async (t) => {
  const site = await Site.make(t);
  const command = await site.commit("", { KEY: SECRET });
  const unlock = await lockedBySomethingElse(t, command);
  assert.equal((await runToEnd(command)).code, BUSY_EXIT_CODE);
  assert.deepEqual(await site.filesWith(SECRET), []);
  await unlock();
  const { code, stdout } = await runToEnd({ ...command, id: newCommandId() });
  assert.equal(code, 0, stdout);
  assert.deepEqual(await site.filesWith(SECRET), [site.path(".env")]);
});

test("toolsets of earlier lock files are removed under the lock, and not one that was just sent", async (t) => {
  const site = await Site.make(t);
  const toolsets = site.path(".releases/toolsets");
  const command = await site.commit("", {});
  const unlock = await lockedBySomethingElse(t, command);
  await runToEnd(command);
  assert.equal((await readdir(toolsets)).length, 3, "another command has the lock");
  await unlock();
  await mkdir(site.path(".releases/sets/of-an-earlier-version"), { recursive: true });
  await writeFile(site.path(".releases/holder"), "make deploy by jo@desk");
  assert.equal((await runToEnd({ ...command, id: newCommandId() })).code, 0);
  assert.deepEqual((await readdir(toolsets)).sort(), ["another-operators", "used"]);
  assert.equal(existsSync(site.path(".releases/sets")), false);
  assert.equal(existsSync(site.path(".releases/holder")), false);
});

test("packages that cannot be installed leave those that are there", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  const { code, stdout } = await site.deploy("", {}, "lost");
  assert.equal(code, UNAVAILABLE_EXIT_CODE);
  assert.match(stdout, /Node and its packages are not on the server any more/);
  assert.deepEqual(await site.state(), before);
});

test("after a deploy that was refused, commit, settings and packages are those of the release that serves", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  await site.toolset("next");
  const refused =
    "import { writeFileSync } from 'node:fs'; writeFileSync('app.env', 'WORD=two'); process.exitCode = 1;";
  const { code, stdout } = await site.deploy(refused, { release: "two" }, "next");
  assert.equal(code, 1);
  assert.match(stdout, /commit and settings on the server are those from before\n$/);
  assert.deepEqual(await site.state(), before);
  assert.equal(existsSync(site.path(".releases/before")), false);
});

test("those of a deploy that fails after its release runs stay", async (t) => {
  const site = await Site.serving(t);
  const fails = `import { appendFileSync } from 'node:fs';
    appendFileSync('.releases/shop.jsonl', ${JSON.stringify(DONE)}); process.exitCode = 1;`;
  const { code, stdout } = await site.deploy(fails, { release: "two" });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(await readFile(site.path(".env"), "utf8"), /two/);
  assert.equal(existsSync(site.path(".releases/before")), false);
});

test("the first deploy of a site has nothing to go back to", async (t) => {
  const site = await Site.make(t);
  await site.deploy("process.exitCode = 1;", { release: "one" });
  await site.deploy("process.exitCode = 1;", { release: "two" });
  assert.match(await readFile(site.path(".env"), "utf8"), /two/);
});

test("what must be replaced by hand finds the new settings there, and the next refused deploy brings the old ones back", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  const byHand = await site.deploy(`process.exitCode = ${BY_HAND_EXIT_CODE};`, { release: "two" });
  assert.equal(byHand.code, BY_HAND_EXIT_CODE);
  assert.match(byHand.stdout, /those from before are in \.releases\/before\n$/);
  assert.match(await readFile(site.path(".env"), "utf8"), /two/);
  await site.deploy("process.exitCode = 1;", { release: "three" });
  assert.deepEqual(await site.state(), before);
});
