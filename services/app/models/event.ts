import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";

/** The channel of Postgres' LISTEN and NOTIFY on which every worker hears what has changed. */
export const CHANNEL = "board";

const kinds = ["posted", "changed", "gone", "commented", "readers", "pulse"] as const;

/** Something has happened to a notice. "pulse" only shows that the channel works; its id is 0. */
export interface BoardEvent {
  readonly kind: (typeof kinds)[number];
  readonly notice: number;
}

/** Tells all workers of all replicas; inside a transaction, once that is committed. */
export async function announce(database: Database, event: BoardEvent): Promise<void> {
  await database.execute(sql`select pg_notify(${CHANNEL}, ${`${event.kind} ${event.notice}`})`);
}

/** Reads a notification; undefined where another release has sent what this one does not know. */
export function parseEvent(payload: string): BoardEvent | undefined {
  const [, word, id] = /^([a-z]+) (\d{1,15})$/.exec(payload) ?? [];
  const kind = kinds.find((known) => known === word);
  return kind && { kind, notice: Number(id) };
}
