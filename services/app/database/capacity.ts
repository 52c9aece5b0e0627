import { availableParallelism } from "node:os";
import { sql } from "drizzle-orm";
import type { AppValues } from "../settings.ts";
import type { Database } from "./access.ts";

/** During a release the old and the new workers are connected at the same time. */
const GENERATIONS = 2;
/** A worker's own connection for LISTEN. */
const LISTENER = 1;
/** migrate, and an operator's psql. */
const OTHERS = 2;

type Demand = Pick<AppValues, "replicas" | "workers" | "databasePoolSize">;

/** Compares the connections that a release needs with max_connections. @returns what is wrong */
export async function connectionShortage(
  database: Database,
  { replicas, workers, databasePoolSize }: Demand,
): Promise<string | undefined> {
  const setting = (name: string) => sql<number>`current_setting(${name})::int`;
  const [found] = await database
    .select({
      all: setting("max_connections"),
      reserved: setting("superuser_reserved_connections"),
    })
    .from(sql`(select 1) as one`);
  if (found === undefined) throw new Error("the database did not return max_connections");
  const perReplica = (workers || availableParallelism()) * (databasePoolSize + LISTENER);
  const needed = GENERATIONS * replicas * perReplica + OTHERS;
  const available = found.all - found.reserved;
  return needed <= available ? undefined : `they may need ${needed}, it allows ${available}`;
}

/**
 * Refuses a start if the next release would run out of connections.
 * @throws Error with one line that says what to change
 */
export async function checkCapacity(database: Database, demand: Demand): Promise<void> {
  const shortage = await connectionShortage(database, demand);
  if (shortage === undefined) return;
  const { replicas, workers, databasePoolSize } = demand;
  throw new Error(
    `${replicas} replicas of ${workers || availableParallelism()} workers with ${databasePoolSize} pooled connections do not fit the database twice, as a release needs: ${shortage}. Lower APP_DATABASE_POOL_SIZE, GATEWAY_WORKERS or REPLICAS, or raise max_connections`,
  );
}
