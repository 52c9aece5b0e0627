import { eq, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { signInAttempts } from "./schema.ts";

/** How many attempts one account, or one client, has in a window of so many seconds. */
export interface AttemptLimits {
  readonly account: number;
  readonly client: number;
  readonly window: number;
}

/**
 * Counts an attempt before the password is looked at, so that many at once gain nothing.
 * @returns whether it may go on; else the seconds until the next one may
 */
export async function countAttempt(
  database: Database,
  name: string,
  client: string,
  limits: AttemptLimits,
): Promise<{ readonly allowed: true } | { readonly allowed: false; readonly retryAfter: number }> {
  await database.delete(signInAttempts).where(lt(signInAttempts.windowEndsAt, sql`now()`));
  const windowEndsAt = sql`now() + make_interval(secs => ${limits.window})`;
  const counted = await database
    .insert(signInAttempts)
    .values(keysOf(name, client).map((key) => ({ key, attempts: 1, windowEndsAt })))
    .onConflictDoUpdate({
      target: signInAttempts.key,
      set: { attempts: sql`${signInAttempts.attempts} + 1` },
    })
    .returning({
      key: signInAttempts.key,
      attempts: signInAttempts.attempts,
      left: sql<number>`ceil(extract(epoch from ${signInAttempts.windowEndsAt} - now()))::int`,
    });
  const over = counted.filter(
    ({ key, attempts }) => attempts > (key.startsWith("client ") ? limits.client : limits.account),
  );
  if (over.length === 0) return { allowed: true };
  return { allowed: false, retryAfter: Math.max(1, ...over.map(({ left }) => left)) };
}

/** After a success the account starts anew, and the client has not spent an attempt. */
export async function forgiveAttempt(
  database: Database,
  name: string,
  client: string,
): Promise<void> {
  const [account, address] = keysOf(name, client);
  await database.delete(signInAttempts).where(eq(signInAttempts.key, account));
  await database
    .update(signInAttempts)
    .set({ attempts: sql`greatest(${signInAttempts.attempts} - 1, 0)` })
    .where(eq(signInAttempts.key, address));
}

/**
 * In one order, so that two attempts at once never wait for each other. The database makes the name
 * small, as it does to find the account: JavaScript has two small letters for one sigma.
 */
const keysOf = (name: string, client: string) =>
  [sql<string>`'account ' || lower(${name})`, sql<string>`${`client ${client}`}`] as const;
