import { setTimeout } from "node:timers/promises";
import { Problem } from "../problem.ts";
import { type Psql, SqlError } from "./psql.ts";

/**
 * How long the locks are waited for, in milliseconds. A writer that waits for one of ours while we wait for its own
 * waits no longer: Postgres would end one of both after a second (deadlock_timeout), and that must be us.
 */
const LOCK_TIMEOUT = 800;

const LOCK_ATTEMPTS = 20;

/** query_canceled, lock_not_available, deadlock_detected. */
const LATE = ["57014", "55P03", "40P01"];

/** Postgres's own schemas, and what belongs to an extension, are no data. */
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

export interface DatabaseFacts {
  readonly version: string;
  readonly owner: string;
  /** Bytes. */
  readonly size: number;
}

export async function factsOf(psql: Psql): Promise<DatabaseFacts> {
  const [row = ""] = await psql.query(
    "SELECT current_setting('server_version'), current_user, pg_database_size(current_database())",
  );
  const [version = "", owner = "", size] = row.split("|");
  return { version: version.split(" ")[0] ?? "", owner, size: Number(size) };
}

/** The rows of every table, by its name as Postgres writes it. */
export async function rowsOf(psql: Psql): Promise<Record<string, number>> {
  const tables = await psql.query(`${TABLES} AND NOT c.relispartition ORDER BY 1`);
  const rows: Record<string, number> = {};
  for (const table of tables) {
    const [count] = await psql.query(`SELECT count(*) FROM ${table}`);
    rows[table] = Number(count);
  }
  return rows;
}

/**
 * Begins a transaction in which no one else writes to a table. Reads go on; writes wait until it ends.
 * @throws Problem if others do not end their transactions in time
 */
export async function holdWrites(psql: Psql): Promise<void> {
  const tables = await psql.query(`${TABLES} ORDER BY 1`);
  if (tables.length === 0) return void (await psql.query("BEGIN"));
  for (let attempt = 1; ; attempt++) {
    await psql.query("BEGIN");
    await psql.query(`SET LOCAL statement_timeout = ${LOCK_TIMEOUT}`);
    try {
      await psql.query(`LOCK TABLE ${tables.join(", ")} IN SHARE MODE`);
      await psql.query("SET LOCAL statement_timeout = 0");
      return;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      await psql.query("ROLLBACK");
      if (!LATE.includes(error.state)) throw error;
      if (attempt === LOCK_ATTEMPTS) {
        throw new Problem(
          `writes to the database do not pause (${error.message}, ${attempt} attempts): a transaction stays ` +
            "open; end it, or try again at a quieter time",
        );
      }
      // Longer than the writers waited: they catch up in between.
      await setTimeout(LOCK_TIMEOUT * (1 + Math.random()));
    }
  }
}

/** Begins a transaction that sees the database as it is now. @returns the name for pg_dump --snapshot */
export async function exportSnapshot(psql: Psql): Promise<string> {
  await psql.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const [snapshot = ""] = await psql.query("SELECT pg_export_snapshot()");
  return snapshot;
}
