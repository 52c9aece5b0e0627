import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { run } from "../command.ts";
import { isExternal } from "../database/external.ts";
import { readEnvironment } from "../env/environment.ts";
import { ensureImages } from "../images.ts";
import { layout } from "../layout.ts";
import { Problem } from "../problem.ts";
import { composeEnvironment, composeFiles, type Stack } from "../stack/compose.ts";
import { MediaProcess } from "./media.ts";
import { Program } from "./program.ts";
import { Psql } from "./psql.ts";

const SERVICES = ["backup-database", "backup-media"] as const;

const FILE = `${layout.deploy}/backups/service.yaml`;

/** Where Node's own authorities are put in the container: the image of Postgres has none. */
const AUTHORITIES = "/tmp/authorities.pem";

/**
 * Runs a program with what libpq reads beside the URL. An authority's file has `require` check too, as the
 * application's driver does.
 */
const WITH_DATABASE = `
  PGPASSWORD=$(cat /run/secrets/database_password) && export PGPASSWORD
  if [ -s /run/secrets/database_ca ]; then export PGSSLROOTCERT=/run/secrets/database_ca
  else case "$DATABASE_URL" in *sslmode=verify-*) export PGSSLROOTCERT=${AUTHORITIES};; esac; fi
  export PGAPPNAME=gatehouse-backup PGCONNECT_TIMEOUT=10
  exec "$@" "$DATABASE_URL"
`;

/** The containers in which a backup or a restore works. They end with this process, however it ends. */
export class Toolbox implements AsyncDisposable {
  readonly #project: string;
  readonly #boxes: Program[] = [];
  readonly #open = new Set<Program>();

  private constructor(project: string) {
    this.#project = project;
  }

  /** @throws Problem if they do not start */
  static async start(stack: Stack, say: (line: string) => void): Promise<Toolbox> {
    const { project } = stack.settings;
    await ensureImages(stack.settings, ["postgres"], say);
    const toolbox = new Toolbox(project);
    await toolbox.#removeAll();
    const files = `${await composeFiles(stack)}:${FILE}`;
    try {
      await Promise.all(SERVICES.map((service) => toolbox.#start(stack, service, files)));
      await toolbox.#giveAuthorities(stack);
    } catch (error) {
      await toolbox[Symbol.asyncDispose]();
      throw error;
    }
    return toolbox;
  }

  /** Runs a program beside the media. */
  withMedia(...command: string[]): Program {
    return this.#exec("backup-media", command);
  }

  /** Runs a program of Postgres; the URL of the database is its last argument. */
  withDatabase(...command: string[]): Program {
    return this.#exec("backup-database", ["sh", "-c", WITH_DATABASE, "sh", ...command]);
  }

  /** Runs a program of Postgres that needs no database. */
  withPostgres(...command: string[]): Program {
    return this.#exec("backup-database", command);
  }

  /** A connection to the database, as its owner. @throws Problem if the server does not let it in */
  async psql(): Promise<Psql> {
    return await Psql.open(
      this.withDatabase(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--no-align",
        "--tuples-only",
        "--dbname",
      ),
    );
  }

  async media(): Promise<MediaProcess> {
    const program = await readFile(join(import.meta.dirname, "media-process.ts"), "utf8");
    return new MediaProcess(
      this.withMedia("node", "--input-type=module-typescript", "--eval", program, "/srv/media"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#open) program.kill();
    for (const box of this.#boxes) box.stdin.end();
    await this.#removeAll();
    await Promise.all(this.#boxes.map((box) => box.ended));
  }

  async #start(stack: Stack, service: string, files: string): Promise<void> {
    const args = ["run", "--rm", "--no-TTY", "--no-deps", "--name", this.#name(service), service];
    const box = new Program("docker", ["compose", ...args], {
      cwd: stack.clone.root,
      env: { ...process.env, ...composeEnvironment(stack), COMPOSE_FILE: files },
    });
    this.#boxes.push(box);
    // Its first line.
    const ready = await Promise.race([once(box.stdout, "data"), box.ended]);
    if (typeof ready === "number") await box.succeed(`${service} cannot be started`);
  }

  async #giveAuthorities({ clone }: Stack): Promise<void> {
    if (!isExternal(await readEnvironment(clone))) return;
    const copy = this.withPostgres("sh", "-c", `cat > ${AUTHORITIES}`);
    copy.stdin.end(rootCertificates.join("\n"));
    await copy.succeed("the authorities cannot be copied");
  }

  #exec(service: string, command: readonly string[]): Program {
    const program = new Program("docker", [
      "exec",
      "--interactive",
      this.#name(service),
      ...command,
    ]);
    this.#open.add(program);
    void program.ended.then(() => this.#open.delete(program));
    return program;
  }

  #name(service: string): string {
    return `${this.#project}-${service}`;
  }

  async #removeAll(): Promise<void> {
    const { code, stderr } = await run("docker", [
      "rm",
      "--force",
      ...SERVICES.map((each) => this.#name(each)),
    ]);
    if (code !== 0 && !/No such container|already in progress/.test(stderr)) {
      throw new Problem(`what an earlier command has left cannot be removed: ${stderr.trim()}`);
    }
  }
}
