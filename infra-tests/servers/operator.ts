import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../deploy/command.ts";
import { applicationOf, type Behaviour } from "../deploys/application.ts";
import type { Outcome } from "../first-run/fresh-clone.ts";
import { root } from "../stack/clone.ts";
import { until } from "../stack/deadline.ts";

/** Where the application of a release is. */
export const MODULE = "services/app/release-under-test.ts";

/** What belongs to one clone only, or is too large to copy. */
const LEFT_OUT = [
  ...[".cache", ".env", ".git", ".releases", "backups", "environments", "node_modules", "reports"],
  ...["secrets", "app.env"],
].map((name) => join(root, name));

/** A developer's machine: a clone in git, and a key in an agent. */
export class Operator implements AsyncDisposable {
  readonly root: string;
  readonly publicKey: string;
  readonly #agent: ChildProcess;
  readonly #variables: Readonly<Record<string, string | undefined>>;

  private constructor(
    folder: string,
    publicKey: string,
    agent: ChildProcess,
    variables: Readonly<Record<string, string | undefined>>,
  ) {
    this.root = join(folder, "shop");
    this.publicKey = publicKey;
    this.#agent = agent;
    this.#variables = variables;
  }

  static async claim(): Promise<Operator> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-operator-"));
    const key = join(folder, "key");
    await succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const socket = join(folder, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await until("the agent runs", async () => existsSync(socket), { within: 10_000 });
    await succeed("ssh-add", ["-q", key], { SSH_AUTH_SOCK: socket });
    const operator = new Operator(folder, await readFile(`${key}.pub`, "utf8"), agent, {
      SSH_AUTH_SOCK: socket,
      // The make that runs the tests has told them about itself.
      ...{ MAKEFLAGS: undefined, MAKELEVEL: undefined, MFLAGS: undefined, TO: undefined },
    });
    await operator.#clone();
    return operator;
  }

  /** A copy of the clone under test, as a repository with one commit. */
  async #clone(): Promise<void> {
    await cp(root, this.root, { recursive: true, filter: (source) => !LEFT_OUT.includes(source) });
    await symlink(join(root, "node_modules"), join(this.root, "node_modules"));
    // make would install the packages anew for a lock file that is younger than they are.
    await utimes(join(this.root, "package-lock.json"), 0, 0);
    // What is made once for the servers of this clone serves here too.
    const tools = join(root, ".cache", "tools");
    await mkdir(tools, { recursive: true });
    await mkdir(join(this.root, ".cache"));
    await symlink(tools, join(this.root, ".cache", "tools"));
    await mkdir(join(this.root, "environments"));
    await this.git("init", "--quiet", "--initial-branch=main");
    await this.git("config", "user.name", "A developer");
    await this.git("config", "user.email", "developer@shop.example");
    await writeFile(join(this.root, ".git/info/exclude"), "/node_modules\n");
  }

  async git(...args: string[]): Promise<string> {
    return await succeed("git", ["-C", this.root, ...args]);
  }

  /** Writes a file of the repository. */
  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.root, file), text);
  }

  /** Commits a release of the application. */
  async release(name: string, behaviour: Behaviour = "serves"): Promise<void> {
    await this.write(MODULE, applicationOf(name, behaviour));
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", `release ${name}`);
  }

  /**
   * Runs make in the clone.
   * @param words "deploy", "TO=lab"
   */
  async make(words: readonly string[], input = ""): Promise<Outcome> {
    const start = performance.now();
    const options = { cwd: this.root, env: this.#variables, input };
    const { code, stdout, stderr } = await run("make", words, options);
    return { code, stdout, stderr, seconds: (performance.now() - start) / 1000 };
  }

  /** Starts make, with all that it starts as one group of processes. */
  start(words: readonly string[]): ChildProcess {
    return spawn("make", words, {
      cwd: this.root,
      env: { ...process.env, ...this.#variables } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** Starts make on a terminal of its own, whose keys are what is written to standard input. */
  terminal(words: readonly string[]): ChildProcess {
    return spawn(
      "script",
      ["--quiet", "--return", "--command", `make ${words.join(" ")}`, "/dev/null"],
      {
        cwd: this.root,
        env: { ...process.env, ...this.#variables } as NodeJS.ProcessEnv,
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.kill();
    await rm(join(this.root, ".."), { recursive: true, force: true });
  }
}

async function succeed(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, output } = await run(program, args, { env });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${output}`);
  return stdout;
}
