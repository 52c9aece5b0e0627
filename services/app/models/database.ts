import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

/** A database as the models see it: any of drizzle's Postgres drivers. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** Runs some work on the database. @throws DatabaseUnavailable */
export type Ask = <T>(work: (database: Database) => Promise<T>) => Promise<T>;

/** Who hears the notifications of a channel. */
export interface Ear {
  heard(payload: string): void;
  /** The channel is open, again perhaps: what was said before this moment may have been missed. */
  opened(): void;
}

export interface DatabaseAccess {
  readonly ask: Ask;
  /** Listens (Postgres' LISTEN) until the returned function is called, whatever happens between. */
  listen(channel: string, ear: Ear): () => Promise<void>;
  /** Gates the start. @throws Error that says why it may not start yet, or not with these settings */
  ready(): Promise<void>;
  close(): Promise<void>;
}
