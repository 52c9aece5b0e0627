import type { Database } from "../database/access.ts";
import { sql } from "../database/drizzle.ts";

/** The channel (LISTEN and NOTIFY) on which all workers receive the board's changes. */
export const CHANNEL = "board";

const kinds = ["posted", "changed", "gone", "commented", "readers", "pulse"] as const;

/** A change of a notice. "pulse" only shows that the channel works; its notice is 0. */
export interface BoardEvent {
  readonly kind: (typeof kinds)[number];
  readonly notice: number;
}

/** Makes a change and announces it; neither happens without the other. */
export async function change(
  database: Database,
  event: BoardEvent,
  work: (database: Database) => PromiseLike<unknown>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await work(transaction);
    await announce(transaction, event);
  });
}

/** Notifies all workers of all replicas; inside a transaction, when it commits. */
export async function announce(database: Database, event: BoardEvent): Promise<void> {
  await database.execute(sql`select pg_notify(${CHANNEL}, ${`${event.kind} ${event.notice}`})`);
}

/** Reads a notification. @returns undefined for a kind that only another release knows */
export function parseEvent(payload: string): BoardEvent | undefined {
  const [, word, id] = /^([a-z]+) (\d{1,15})$/.exec(payload) ?? [];
  const kind = kinds.find((known) => known === word);
  return kind && { kind, notice: Number(id) };
}
