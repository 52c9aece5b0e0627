import { randomBytes } from "node:crypto";
import type { Database } from "../database/access.ts";
import { and, desc, eq, inArray, sql } from "../database/drizzle.ts";
import { devices } from "./schema.ts";
import { hashOf } from "./session.ts";

const TOKEN_BYTES = 32;
/** Of one user; the one that was unused for longest is forgotten. */
const MOST = 20;

/** Whether this user has signed in from this browser before. */
export async function isDeviceOf(
  database: Database,
  userId: number,
  token: string,
): Promise<boolean> {
  const found = await database
    .select({ userId: devices.userId })
    .from(devices)
    .where(and(eq(devices.tokenHash, hashOf(token)), eq(devices.userId, userId)));
  return found.length > 0;
}

/** Remembers that a user has signed in from a browser. @returns its token, for the cookie */
export async function rememberDevice(
  database: Database,
  userId: number,
  known: string | undefined,
): Promise<string> {
  const token = known ?? randomBytes(TOKEN_BYTES).toString("base64url");
  await database
    .insert(devices)
    .values({ tokenHash: hashOf(token), userId })
    .onConflictDoUpdate({ target: devices.tokenHash, set: { usedAt: sql`now()` } });
  const surplus = database
    .select({ tokenHash: devices.tokenHash })
    .from(devices)
    .where(eq(devices.userId, userId))
    .orderBy(desc(devices.usedAt))
    .offset(MOST);
  await database.delete(devices).where(inArray(devices.tokenHash, surplus));
  return token;
}
