import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type SQL, sql } from "drizzle-orm";
import { surplusConnections } from "../../models/capacity.ts";
import type { Database } from "../../models/database.ts";
import { withDatabase } from "../with-database.ts";
import type { Check, Ground } from "./check.ts";

const JOURNAL = join(import.meta.dirname, "../../migrations/meta/_journal.json");

/** The database as it is. */
export const databaseChecks: readonly Check[] = [
  {
    id: "migrations",
    what: "The database has every migration of this release",
    why: "Pages that need a column which is not there answer 500.",
    fix: "Run manage migrate; make up does.",
    look: (ground) => asking(ground, pendingMigration),
  },
  {
    id: "connections",
    what: "All workers' connections fit the database's max_connections, twice",
    why: "During a deploy both generations are connected; the new one would not start.",
    fix: "Lower APP_DATABASE_POOL_SIZE, GATEWAY_WORKERS or REPLICAS, or raise max_connections.",
    look: (ground) => asking(ground, (database) => surplusConnections(database, ground.values)),
  },
];

async function asking(
  { values }: Ground,
  question: (database: Database) => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await withDatabase(values, question);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Journal {
  readonly entries: readonly { readonly when: number; readonly tag: string }[];
}

/** The migrations of this release that the database has not, in words. */
export async function pendingMigration(database: Database): Promise<string | undefined> {
  const { entries }: Journal = JSON.parse(readFileSync(JOURNAL, "utf8"));
  const migrations = sql`drizzle.__drizzle_migrations`;
  const there = sql<boolean>`to_regclass('drizzle.__drizzle_migrations') is not null`;
  const newest = (await ask(database, there))
    ? await database.select({ when: sql`max(created_at)` }).from(migrations)
    : [];
  const pending = entries.filter(({ when }) => when > Number(newest[0]?.when ?? 0));
  return pending.length === 0 ? undefined : `it lacks ${pending.map(({ tag }) => tag).join(", ")}`;
}

/** The value of one expression. */
async function ask<T>(database: Database, expression: SQL<T>): Promise<T | undefined> {
  const [row] = await database.select({ value: expression }).from(sql`(select 1) as one`);
  return row?.value;
}
