import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Database } from "../database/access.ts";
import { withDatabase } from "../database/connect.ts";
import { requireDrizzle, sql } from "../database/drizzle.ts";
import { isPermanent, isUnavailable } from "../database/failure.ts";
import { addSkeletons } from "../models/user.ts";
import type { AppValues } from "../settings.ts";
import { defineCommand } from "./command.ts";

const { migrate: applyMigrations }: typeof import("drizzle-orm/postgres-js/migrator") =
  requireDrizzle("drizzle-orm/postgres-js/migrator");

const MIGRATIONS = fileURLToPath(new URL("../migrations", import.meta.url));
/** Any number, but the same in every release of this application. */
const ADVISORY_LOCK = 7_206_101;
const PAUSE = 500;

export const migrateCommand = defineCommand({
  summary: "updates the database to the schema of this release",
  run: ({ values }) => migrate(values),
});

/** Two releases that migrate at once wait for each other. @throws Error with what to do */
export async function migrate(values: AppValues): Promise<string> {
  const work = async (database: PostgresJsDatabase) => {
    await waitForDatabase(database, values.migrateTimeout);
    // The lock belongs to the connection, and there is only one.
    await database.execute(sql`select pg_advisory_lock(${ADVISORY_LOCK})`);
    await applyMigrations(database, { migrationsFolder: MIGRATIONS });
    await addSkeletons(database);
    return "the schema is up to date";
  };
  return await withDatabase(values, work, { lock_timeout: values.migrateTimeout });
}

async function waitForDatabase(database: Database, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    try {
      await database.execute(sql`select 1`);
      return;
    } catch (error) {
      const mayRecover = isUnavailable(error) && !isPermanent(error);
      if (!mayRecover || performance.now() + PAUSE > deadline) throw error;
      await setTimeout(PAUSE);
    }
  }
}
