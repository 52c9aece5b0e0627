import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Database } from "../database/access.ts";
import { and, eq, gt, lt, sql } from "../database/drizzle.ts";
import { sessions, users } from "./schema.ts";
import { type User, userColumns } from "./user.ts";

const TOKEN_BYTES = 32;

/** The table holds only hashes, so a stolen table signs no one in. */
export const hashOf = (token: string): string =>
  createHash("sha256").update(token).digest("base64url");

/** @param lifetime seconds @returns the token, for the cookie */
export async function beginSession(
  database: Database,
  userId: number,
  lifetime: number,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const expiresAt = sql`now() + make_interval(secs => ${lifetime})`;
  await database.insert(sessions).values({ tokenHash: hashOf(token), userId, expiresAt });
  return token;
}

export async function userOfSession(database: Database, token: string): Promise<User | undefined> {
  const [found] = await database
    .select(userColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.tokenHash, hashOf(token)), gt(sessions.expiresAt, sql`now()`)));
  return found;
}

/** Deletes the sessions that have expired. @returns how many */
export async function clearSessions(database: Database): Promise<number> {
  const expired = lt(sessions.expiresAt, sql`now()`);
  const cleared = await database
    .delete(sessions)
    .where(expired)
    .returning({ user: sessions.userId });
  return cleared.length;
}

export async function endSession(database: Database, token: string): Promise<void> {
  await database.delete(sessions).where(eq(sessions.tokenHash, hashOf(token)));
}

/**
 * Proves that a form was made for this session and this purpose: "form" for the hidden field of
 * forms, "picture <name>" for a picture that a form keeps.
 */
export function sessionSeal(token: string, purpose: string): string {
  return createHmac("sha256", token).update(purpose).digest("base64url");
}

/** Compares in constant time, so that a seal cannot be guessed byte by byte. */
export function isSessionSeal(seal: string, token: string, purpose: string): boolean {
  const [given, expected] = [Buffer.from(seal), Buffer.from(sessionSeal(token, purpose))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
