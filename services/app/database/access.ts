import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

export type Database = PgDatabase<PgQueryResultHKT>;

/** Runs work on the database. @throws DatabaseUnavailable */
export type Query = <T>(work: (database: Database) => Promise<T>) => Promise<T>;

export interface Subscriber {
  notified(payload: string): void;
  /** The channel is open. If it was open before, notifications may have been lost. */
  opened(): void;
}

export interface DatabaseAccess {
  readonly query: Query;
  /** Listens on a channel (Postgres' LISTEN), across reconnections. @returns a function that stops */
  listen(channel: string, subscriber: Subscriber): () => Promise<void>;
  close(): Promise<void>;
}
