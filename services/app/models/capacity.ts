import { availableParallelism } from "node:os";
import { sql } from "drizzle-orm";
import type { AppValues } from "../settings.ts";
import type { Database } from "./database.ts";

/** During a release the old and the new generation of workers hold their connections together. */
const GENERATIONS = 2;
/** A worker's own connection for LISTEN. */
const LISTENER = 1;
/** migrate, and an operator's psql. */
const OTHERS = 2;

type Demand = Pick<AppValues, "replicas" | "workers" | "databasePoolSize">;

/** How many connections all workers of all replicas may hold while a release takes over. */
export function connectionsNeeded({ replicas, workers, databasePoolSize }: Demand): number {
  const each = workers || availableParallelism();
  return GENERATIONS * replicas * each * (databasePoolSize + LISTENER) + OTHERS;
}

/** By how much they outgrow the database, in words; undefined where they fit. */
export async function surplusConnections(
  database: Database,
  demand: Demand,
): Promise<string | undefined> {
  const setting = (name: string) => sql<number>`current_setting(${name})::int`;
  const [found] = await database
    .select({
      all: setting("max_connections"),
      reserved: setting("superuser_reserved_connections"),
    })
    .from(sql`(select 1) as one`);
  if (found === undefined) throw new Error("the database does not tell its max_connections");
  const needed = connectionsNeeded(demand);
  const room = found.all - found.reserved;
  return needed <= room ? undefined : `they may need ${needed}, and it has room for ${room}`;
}

/**
 * Refuses a start whose connections would not fit during the next release.
 * @throws Error with one line that says what to change
 */
export async function checkCapacity(database: Database, demand: Demand): Promise<void> {
  const surplus = await surplusConnections(database, demand);
  if (surplus === undefined) return;
  const { replicas, workers, databasePoolSize } = demand;
  throw new Error(
    `${replicas} replicas of ${workers || availableParallelism()} workers with ${databasePoolSize} pooled connections do not fit the database twice, as a release needs: ${surplus}. Lower APP_DATABASE_POOL_SIZE, GATEWAY_WORKERS or REPLICAS, or raise max_connections`,
  );
}
