import { eq, isNull, or, sql } from "drizzle-orm";
import type { Database } from "../database/access.ts";
import { type comments, type notices, users } from "./schema.ts";

export interface User {
  readonly id: number;
  readonly name: string;
  readonly moderator: boolean;
}

/** Who looks at a page. Undefined: a guest. */
export type Viewer = Pick<User, "id" | "moderator"> | undefined;

/** Hidden notices and comments are only for their author and moderators. */
export function visibleTo(viewer: Viewer, table: typeof notices | typeof comments) {
  if (viewer?.moderator) return undefined;
  return or(isNull(table.hiddenAt), viewer && eq(table.authorId, viewer.id));
}

export const userColumns = { id: users.id, name: users.name, moderator: users.moderator };

/** @returns undefined if the name is taken, in upper or lower case */
export async function addUser(
  database: Database,
  user: { readonly name: string; readonly passwordHash: string; readonly moderator?: boolean },
): Promise<User | undefined> {
  const [added] = await database
    .insert(users)
    .values({ moderator: false, ...user })
    .onConflictDoNothing()
    .returning(userColumns);
  return added;
}

/** Finds an account by its name, in upper or lower case, with its password hash. */
export async function userByName(
  database: Database,
  name: string,
): Promise<(User & { readonly passwordHash: string }) | undefined> {
  const [found] = await database
    .select({ ...userColumns, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(sql`lower(${users.name})`, sql`lower(${name})`));
  return found;
}
