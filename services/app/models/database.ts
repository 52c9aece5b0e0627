import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

/** A database as the models see it: any of drizzle's Postgres drivers. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** Runs some work on the database. @throws DatabaseUnavailable */
export type Ask = <T>(work: (database: Database) => Promise<T>) => Promise<T>;

export interface DatabaseAccess {
  readonly ask: Ask;
}
