import { eq, lt, sql } from "drizzle-orm";
import type { Database } from "../database/access.ts";
import type { AppValues } from "../settings.ts";
import { signInAttempts } from "./schema.ts";

type Limits = Pick<AppValues, "signInAttempts" | "signInAttemptsPerClient" | "signInWindow">;

/**
 * Counts an attempt. Call it before the password is checked: many attempts at once must not all
 * pass before the first one counts.
 * @returns 0 if the attempt is allowed; else the seconds until the next one is
 */
export async function countAttempt(
  database: Database,
  name: string,
  client: string,
  limits: Limits,
): Promise<number> {
  await database.delete(signInAttempts).where(lt(signInAttempts.windowEndsAt, sql`now()`));
  const windowEndsAt = sql`now() + make_interval(secs => ${limits.signInWindow})`;
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
    ({ key, attempts }) =>
      attempts >
      (key.startsWith("client ") ? limits.signInAttemptsPerClient : limits.signInAttempts),
  );
  return over.length === 0 ? 0 : Math.max(1, ...over.map(({ left }) => left));
}

/** After a success: resets the account's count and takes the attempt off the client's. */
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
 * Always in the same sequence, so that two attempts at once cannot deadlock. The database makes the
 * name lower case, as it does to find the account: JavaScript does it differently (Σ has two forms).
 */
const keysOf = (name: string, client: string) =>
  [sql<string>`'account ' || lower(${name})`, sql<string>`${`client ${client}`}`] as const;
