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

/** Make passes these to what it runs, the tests too. */
const OF_MAKE = { MAKEFLAGS: undefined, MAKELEVEL: undefined, MFLAGS: undefined, TO: undefined };

/** A repository on a developer's machine. */
interface Repository {
  readonly root: string;
  /** The lines of an environment that its application needs. */
  readonly settings: readonly string[];
}

/** A developer's machine: a clone or a project in git, and a key in an agent. */
export class Operator implements AsyncDisposable {
  readonly root: string;
  readonly settings: readonly string[];
  readonly publicKey: string;
  readonly #folder: string;
  readonly #agent: ChildProcess;
  readonly #variables: Readonly<Record<string, string | undefined>>;

  private constructor(
    folder: string,
    { root, settings }: Repository,
    publicKey: string,
    agent: ChildProcess,
    variables: Readonly<Record<string, string | undefined>>,
  ) {
    this.#folder = folder;
    this.root = root;
    this.settings = settings;
    this.publicKey = publicKey;
    this.#agent = agent;
    this.#variables = variables;
  }

  /** With a copy of the clone under test, as a repository with one commit. */
  static claim(): Promise<Operator> {
    return Operator.#begin(copyOfClone);
  }

  /** With a project of one's own. @param app its starter */
  static withProject(name: string, app: string): Promise<Operator> {
    return Operator.#begin((folder) => newProject(join(folder, name), name, app));
  }

  static async #begin(make: (folder: string) => Promise<Repository>): Promise<Operator> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-operator-"));
    const key = join(folder, "key");
    await succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const socket = join(folder, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await until("the agent runs", async () => existsSync(socket), { within: 10_000 });
    await succeed("ssh-add", ["-q", key], { SSH_AUTH_SOCK: socket });
    const publicKey = await readFile(`${key}.pub`, "utf8");
    const repository = await make(folder);
    const operator = new Operator(folder, repository, publicKey, agent, {
      SSH_AUTH_SOCK: socket,
      ...OF_MAKE,
    });
    await operator.git("config", "user.name", "A developer");
    await operator.git("config", "user.email", "developer@shop.example");
    return operator;
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
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function copyOfClone(folder: string): Promise<Repository> {
  const copy = join(folder, "shop");
  await cp(root, copy, { recursive: true, filter: (source) => !LEFT_OUT.includes(source) });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  // make would install the packages anew for a lock file that is younger than they are.
  await utimes(join(copy, "package-lock.json"), 0, 0);
  // What is made once for the servers of this clone serves here too.
  const tools = join(root, ".cache", "tools");
  await mkdir(tools, { recursive: true });
  await mkdir(join(copy, ".cache"));
  await symlink(tools, join(copy, ".cache", "tools"));
  await mkdir(join(copy, "environments"));
  await succeed("git", ["-C", copy, "init", "--quiet", "--initial-branch=main"]);
  await writeFile(join(copy, ".git/info/exclude"), "/node_modules\n");
  return { root: copy, settings: [`APP=${MODULE}`, "SCHEDULE="] };
}

async function newProject(folder: string, name: string, app: string): Promise<Repository> {
  const words = ["-C", root, "new", `DIR=${folder}`, `NAME=${name}`, `APP=${app}`];
  await succeed("make", words, OF_MAKE);
  return { root: folder, settings: [] };
}

async function succeed(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const { code, stdout, output } = await run(program, args, { env });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${output}`);
  return stdout;
}
