import type { Database } from "../database/access.ts";
import { eq, lt, sql } from "../database/drizzle.ts";
import { attempts } from "./schema.ts";

/** How often something was done in the current window, and the seconds until it ends. */
export interface Attempts {
  readonly count: number;
  readonly left: number;
}

/**
 * Counts an attempt for all workers, after `endWindows`. Call it before the attempt is made: many at once must not all pass
 * before the first one counts.
 * @param key what is counted, and of whom
 * @param window seconds
 */
export async function countAttempt(
  database: Database,
  key: string,
  window: number,
): Promise<Attempts> {
  const windowEndsAt = sql`now() + make_interval(secs => ${window})`;
  const [counted] = await database
    .insert(attempts)
    .values({ key, attempts: 1, windowEndsAt })
    .onConflictDoUpdate({
      target: attempts.key,
      set: { attempts: sql`${attempts.attempts} + 1` },
    })
    .returning({
      count: attempts.attempts,
      left: sql<number>`greatest(1, ceil(extract(epoch from ${attempts.windowEndsAt} - now()))::int)`,
    });
  if (counted === undefined) throw new Error("an attempt was not counted");
  return counted;
}

/** Deletes the counts whose window has ended: the next attempt begins a new one. */
export async function endWindows(database: Database): Promise<void> {
  await database.delete(attempts).where(lt(attempts.windowEndsAt, sql`now()`));
}

/** Takes one attempt back. */
export async function forgiveAttempt(database: Database, key: string): Promise<void> {
  await database
    .update(attempts)
    .set({ attempts: sql`greatest(${attempts.attempts} - 1, 0)` })
    .where(eq(attempts.key, key));
}

export async function forgetAttempts(database: Database, key: string): Promise<void> {
  await database.delete(attempts).where(eq(attempts.key, key));
}

/**
 * Counts one more of each, until one is beyond its limit.
 * @param most the limit of each key in a window
 * @returns 0 if all are within their limits; else the seconds until they are
 */
export async function countWithin(
  database: Database,
  most: Readonly<Record<string, number>>,
  window: number,
): Promise<number> {
  await endWindows(database);
  for (const [key, limit] of Object.entries(most)) {
    const { count, left } = await countAttempt(database, key, window);
    if (count > limit) return left;
  }
  return 0;
}
