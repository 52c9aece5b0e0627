import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "./database.ts";

const FOLDER = join(import.meta.dirname, "migrations");

/**
 * Runs the SQL files of `migrations/` that the database has not had yet, in the order of their names, each in a
 * transaction. The release that runs serves on meanwhile: add a column first, and remove the old one in a later
 * release.
 */
export async function migrate(): Promise<void> {
  const sql = connect(1);
  try {
    // One at a time: the lock ends with the connection.
    await sql`select pg_advisory_lock(hashtext('migrations'))`;
    await sql`create table if not exists migrations (name text primary key, done_at timestamptz not null default now())`;
    const rows = await sql<{ name: string }[]>`select name from migrations`;
    const done = new Set(rows.map(({ name }) => name));
    for (const name of readdirSync(FOLDER).sort()) {
      if (!name.endsWith(".sql") || done.has(name)) continue;
      await sql.begin(async (transaction) => {
        await transaction.unsafe(readFileSync(join(FOLDER, name), "utf8"));
        await transaction`insert into migrations (name) values (${name})`;
      });
      console.log(`migrated: ${name}`);
    }
  } finally {
    await sql.end();
  }
}
