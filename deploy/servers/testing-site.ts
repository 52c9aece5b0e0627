import { mkdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { run } from "../command.ts";
import { newCommandId, type RemoteCommand } from "./remote-command.ts";
import { runToEnd, server } from "./testing.ts";

/** Writes what it gets; what receives settings for a clone is tested by the suite of the servers. */
const RECEIVE = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { text } from "node:stream/consumers";
  const former = readFileSync(".env", { encoding: "utf8", flag: "a+" });
  const release = former.match(/^RELEASE_.*\\n/gm)?.join("") ?? "";
  writeFileSync(".env", release + await text(process.stdin) + "\\n", { mode: 0o600 });
`;

/** Begins a program of a deploy: `commit` does what the commit of a rollout does, `become` changes the containers. */
const PROGRAM = `
  import { writeFileSync } from "node:fs";
  import { writeRelease } from ${JSON.stringify(import.meta.resolve("../releases/env-file.ts"))};
  const commit = (app) => writeRelease({ root: ".", envFile: ".env", applicationEnvFile: "app.env" }, { app, web: "web:1" });
  const become = (...containers) => writeFileSync("bin/containers", containers.join("\\n"));
  const killed = () => process.kill(process.pid, "SIGKILL");
`;

/** Plays docker: prints the containers of the site, as the format of `docker ps` has them. */
const DOCKER = `#!/bin/sh
[ "$1" = ps ] && cat "\${0%/*}/containers"
`;

/** Containers of a site, as `docker ps` lists them for us. */
export const OWN = ["db False d1", "edge-port False e1", "app False a1"];

/** A folder as on a server, with a repository and toolsets. */
export class Site {
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
    await mkdir(site.path("bin"));
    await writeFile(site.path("bin/docker"), DOCKER, { mode: 0o755 });
    await site.become(...OWN);
    for (const name of ["used", "earlier", "another-operators"]) await site.toolset(name);
    await utimes(site.path(".releases/toolsets/earlier"), 0, 0);
    await site.git("init", "--quiet");
    return site;
  }

  /** One on which a release runs, and its deploy is over. */
  static async serving(t: TestContext): Promise<Site> {
    const site = await Site.make(t);
    const { code, output } = await site.deploy("await commit('app:1');", { release: "one" });
    if (code !== 0) throw new Error(output);
    await writeFile(site.path("app.env"), "WORD=one\n");
    return site;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Has other containers be there. */
  async become(...containers: readonly string[]): Promise<void> {
    await writeFile(this.path("bin/containers"), containers.join("\n"));
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

  /** A deploy of a commit whose program ends with this text. The tree stays as it is. */
  async commit(program: string, settings: unknown, toolset = "used"): Promise<RemoteCommand> {
    const before = await this.git("rev-parse", "--verify", "--quiet", "HEAD");
    await writeFile(this.path("program.ts"), `${PROGRAM}${program}`);
    await this.git("add", "deploy", "program.ts");
    await this.git("commit", "--quiet", "--allow-empty", "--message", "a release");
    const commit = await this.git("rev-parse", "HEAD");
    if (before !== "") await this.git("checkout", "--quiet", "--force", "--detach", before);
    const tools = this.path(`.releases/toolsets/${toolset}`);
    return { ...this.#command, id: newCommandId(), tree: { commit, tools, settings } };
  }

  async run(command: RemoteCommand) {
    return await runToEnd(command, { PATH: `${this.path("bin")}:${process.env.PATH}` });
  }

  async deploy(program: string, settings: unknown, toolset?: string) {
    return await this.run(await this.commit(program, settings, toolset));
  }

  /** A command that deploys nothing, whose program ends with this text. */
  async change(program: string, more: Partial<RemoteCommand> = {}) {
    await writeFile(this.path(".releases/change.ts"), `${PROGRAM}${program}`);
    const own = { id: newCommandId(), words: [".releases/change.ts"] };
    return await this.run({ ...this.#command, ...own, ...more });
  }

  /** All that belongs to the release that serves. */
  async state(): Promise<unknown> {
    const files = [".env", "app.env", ".releases/toolset", "node_modules/name"];
    const texts = files.map((name) => readFile(this.path(name), "utf8"));
    return [await this.git("rev-parse", "HEAD"), ...(await Promise.all(texts))];
  }

  /** The settings that are there. */
  async settings(): Promise<string> {
    return await readFile(this.path(".env"), "utf8");
  }

  /** The files that have a word in them. */
  async filesWith(word: string): Promise<string[]> {
    const { stdout } = await run("grep", ["-rlF", "--exclude-dir=.git", word, this.folder]);
    return stdout.split("\n").filter(Boolean);
  }
}
