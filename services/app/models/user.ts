import { eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { users } from "./schema.ts";

/** An account as pages know it. */
export interface User {
  readonly id: number;
  readonly name: string;
  /** Moderators see and hide everything. */
  readonly moderator: boolean;
}

const asUser = { id: users.id, name: users.name, moderator: users.moderator };

/**
 * Makes an account.
 * @param passwordHash what hashPassword() has made
 * @returns undefined where the name is taken, in whichever case it is written
 */
export async function addUser(
  database: Database,
  user: { readonly name: string; readonly passwordHash: string; readonly moderator?: boolean },
): Promise<User | undefined> {
  const [added] = await database
    .insert(users)
    .values({ moderator: false, ...user })
    .onConflictDoNothing()
    .returning(asUser);
  return added;
}

/** The account of a name, in whichever case it is written, with the hash of its password. */
export async function userByName(
  database: Database,
  name: string,
): Promise<(User & { readonly passwordHash: string }) | undefined> {
  const [found] = await database
    .select({ ...asUser, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(sql`lower(${users.name})`, sql`lower(${name})`));
  return found;
}
