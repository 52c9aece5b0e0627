import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { Problem } from "../problem.ts";
import { factsOf, rowsOf } from "./database.ts";
import type { Manifest } from "./manifest.ts";
import { type Psql, SqlError } from "./psql.ts";
import type { Toolbox } from "./toolbox.ts";

/** How long others may keep a table, milliseconds: the application has ended by then. */
const LOCK_TIMEOUT = 30_000;

/**
 * Has the database be what a dump says, in one transaction that stays open: until it ends, everyone else sees what
 * was there before.
 * @returns the connection: COMMIT is the caller's
 * @throws Problem; then nothing was changed
 */
export async function restoreDatabase(
  toolbox: Toolbox,
  dump: Readable,
  { database }: Manifest,
): Promise<Psql> {
  const psql = await toolbox.psql();
  try {
    const { owner } = await factsOf(psql);
    await psql.query("BEGIN");
    await psql.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT}`);
    const clear = await readFile(join(import.meta.dirname, "clear.sql"), "utf8");
    await psql.query(clear.trimEnd().replace(/;$/, ""));
    // The rights that a dump has are those of roles by name: another server has other roles.
    const rights = owner === database.owner ? [] : ["--no-privileges"];
    const script = toolbox.withPostgres("pg_restore", "--no-owner", ...rights, "--file=-");
    await psql.script(async (statements) => {
      const ended = await Promise.allSettled([
        pipeline(dump, script.stdin),
        pipeline(script.stdout, statements, { end: false }),
      ]);
      // Without its reader pg_restore fails too: the reader's reason comes first.
      if (ended[1].status === "rejected") {
        await psql.end();
        throw new Problem(psql.failure || `${ended[1].reason}`);
      }
      await script.succeed("pg_restore");
      if (ended[0].status === "rejected") throw new Problem(`the dump: ${ended[0].reason}`);
    });
    const rows = await rowsOf(psql);
    const wrong = differences(database.rows, rows);
    if (wrong.length > 0)
      throw new Problem(`the restored tables are not those: ${wrong.join(", ")}`);
    return psql;
  } catch (error) {
    await psql.end();
    if (!(error instanceof Problem)) throw error;
    throw new Problem(
      `the database is as it was before, because its restore failed: ${error.message}`,
    );
  }
}

/** How long a server that has lost a connection may take to say what became of it. */
const OUTCOME_TIMEOUT = 60_000;
const OUTCOME_INTERVAL = 500;

/**
 * Ends the transaction of a connection. If the connection is lost meanwhile, another one queries what became of it.
 * @param connect makes another connection
 * @returns whether it was committed; undefined if the server does not say
 */
export async function commit(
  psql: Psql,
  connect: () => Promise<Psql>,
): Promise<boolean | undefined> {
  let id: string | undefined;
  try {
    [id] = await psql.query("SELECT txid_current()");
    await psql.query("COMMIT");
    return true;
  } catch (error) {
    // The server has refused it: a constraint that is checked last.
    if (error instanceof SqlError || id === undefined) return false;
    return await outcomeOf(id, connect);
  }
}

async function outcomeOf(id: string, connect: () => Promise<Psql>): Promise<boolean | undefined> {
  const start = performance.now();
  while (performance.now() - start < OUTCOME_TIMEOUT) {
    try {
      await using psql = await connect();
      const [outcome] = await psql.query(`SELECT txid_status(${id})`);
      if (outcome === "committed") return true;
      if (outcome === "aborted") return false;
    } catch {
      // The server may be starting again.
    }
    await setTimeout(OUTCOME_INTERVAL);
  }
  return undefined;
}

/** Tables whose rows are not as many as they should be, in words. */
export function differences(
  expected: Readonly<Record<string, number>>,
  found: Readonly<Record<string, number>>,
): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names]
    .filter((name) => expected[name] !== found[name])
    .map((name) => `${name} has ${found[name] ?? "no"} rows, ${expected[name] ?? "none"} expected`);
}
