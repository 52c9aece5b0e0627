import { availableParallelism } from "node:os";
import type { AppValues } from "../settings.ts";
import type { Database } from "./access.ts";
import { sql } from "./drizzle.ts";

/** During a release the old and the new workers are connected at the same time. */
const GENERATIONS = 2;
/** A worker's own connection for LISTEN. */
const LISTENER = 1;
/** migrate, and an operator's psql. */
const OTHERS = 2;

/** @returns in words, that a release needs too many connections; undefined: they fit */
export async function connectionShortage(
  database: Database,
  demand: Pick<AppValues, "replicas" | "workers" | "databasePoolSize">,
): Promise<string | undefined> {
  // Postgres has the last one since version 16.
  const setting = (name: string) => sql<number>`coalesce(current_setting(${name}, true), '0')::int`;
  const [found] = await database
    .select({
      all: setting("max_connections"),
      kept: setting("superuser_reserved_connections"),
      reserved: setting("reserved_connections"),
    })
    .from(sql`(select 1) as one`);
  if (found === undefined) throw new Error("the database did not return max_connections");
  const { replicas, workers, databasePoolSize: pool } = demand;
  const each = workers || availableParallelism();
  const needed = GENERATIONS * replicas * each * (pool + LISTENER) + OTHERS;
  const available = found.all - found.kept - found.reserved;
  if (needed <= available) return undefined;
  return `a release of ${replicas} replicas of ${each} workers with ${pool} pooled connections needs ${needed} connections, the database allows ${available}`;
}
