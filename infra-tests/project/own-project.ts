import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { type CommandResult, run } from "../../deploy/command.ts";
import { root } from "../stack/clone.ts";
import { freePorts } from "../stack/ports.ts";
import { removeProject } from "../stack/projects.ts";

/** A project of one's own, as `make new` writes it. It and its stack are removed with this. */
export class OwnProject implements AsyncDisposable {
  readonly root: string;
  readonly #folder: string;
  readonly #ports: readonly [number, number];

  private constructor(folder: string, name: string, ports: readonly [number, number]) {
    this.#folder = folder;
    this.root = join(folder, name);
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
