import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { type CommandResult, run } from "../../deploy/command.ts";
import { writeFiles } from "../../deploy/project/create.ts";
import { root } from "../stack/clone.ts";
import { freePorts } from "../stack/ports.ts";
import { removeProject } from "../stack/projects.ts";

/** A project of one's own, new or adopted. It and its stack are removed with this. */
export class OwnProject implements AsyncDisposable {
  readonly root: string;
  readonly #folder: string;
  readonly #ports: readonly [number, number];

  private constructor(folder: string, path: string, ports: readonly [number, number]) {
    this.#folder = folder;
    this.root = join(folder, path);
    this.#ports = ports;
  }

  /** @throws Error with the output if `make new` fails */
  static async make(name: string, app: string): Promise<OwnProject> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-project-"));
    const project = new OwnProject(folder, name, await freePorts());
    const args = ["new", `DIR=${project.root}`, `NAME=${name}`, `APP=${app}`];
    const { code, output } = await run("make", args, { cwd: root });
    if (code === 0) return project;
    await rm(folder, { recursive: true, force: true });
    throw new Error(output);
  }

  /**
   * An application that was there before, as `make adopt` leaves it: in a repository, and committed.
   * @throws Error with the output if `make adopt` fails
   */
  static async adopt(files: Readonly<Record<string, string>>): Promise<OwnProject> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-adopted-"));
    const project = new OwnProject(folder, "shop/gatehouse", await freePorts());
    const application = dirname(project.root);
    try {
      await writeFiles(application, new Map(Object.entries(files)));
      await git(application, "init", "--quiet");
      await git(application, "add", "--all");
      await git(application, "commit", "--quiet", "--message", "before");
      const { code, output } = await run("make", ["adopt", `DIR=${application}`], { cwd: root });
      if (code !== 0) throw new Error(output);
      return project;
    } catch (error) {
      await project[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the site is, over HTTP. */
  get origin(): string {
    return `http://127.0.0.1:${this.#ports[0]}`;
  }

  /** Runs `make` there. @returns how it ended, whichever way */
  make(...words: string[]): Promise<CommandResult> {
    const [http, https] = this.#ports;
    const env = { PUBLISH_HTTP_PORT: String(http), PUBLISH_HTTPS_PORT: String(https) };
    return run("make", words, { cwd: this.root, env });
  }

  /** The values of its `.env`; {} before the first `make up`. */
  async environment(): Promise<Record<string, string | undefined>> {
    const text = await readFile(join(this.root, ".env"), "utf8").catch(() => "");
    return { ...parseEnv(text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { COMPOSE_PROJECT_NAME: project } = await this.environment();
    if (project) await removeProject(project);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** @throws Error with git's output */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  const { code, output, stdout } = await run("git", [...who, ...args], { cwd: folder });
  if (code !== 0) throw new Error(output);
  return stdout;
}
