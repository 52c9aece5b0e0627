import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import { connect } from "../models/connect.ts";
import type { Database } from "../models/database.ts";
import { isLasting, isUnavailable, reasonOf } from "../models/failure.ts";
import type { AppValues } from "../settings.ts";
import { defineCommand } from "./command.ts";

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
/** Any number will do, as long as every release of this application takes the same. */
const ADVISORY_LOCK = 7_206_101;
const PAUSE = 500;

export const migrateCommand = defineCommand({
  summary: "brings the database to the schema of this release",
  usage: "",
  options: {},
  run: ({ values }) => migrate(values),
});

/**
 * Brings the schema up to date; of two releases that migrate at once, one waits for the other.
 * @returns one line for the operator
 * @throws Error with one line that says what to do
 */
export async function migrate(values: AppValues): Promise<string> {
  // An advisory lock belongs to its connection, so there must be only one.
  const client = connect(values, 1, { lock_timeout: values.migrateTimeout });
  const database = drizzle(client);
  try {
    await answering(database, values);
    await database.execute(sql`select pg_advisory_lock(${ADVISORY_LOCK})`);
    await applyMigrations(database, { migrationsFolder: MIGRATIONS });
    return "the schema is up to date";
  } catch (error) {
    throw new Error(reasonOf(error, values), { cause: error });
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function answering(database: Database, values: AppValues): Promise<void> {
  const deadline = performance.now() + values.migrateTimeout;
  for (;;) {
    try {
      await database.execute(sql`select 1`);
      return;
    } catch (error) {
      const passing = isUnavailable(error) && !isLasting(error);
      if (!passing || performance.now() + PAUSE > deadline) throw error;
      await setTimeout(PAUSE);
    }
  }
}
