import type { Database } from "../database/access.ts";
import { alias, and, asc, eq, inArray, isNull, notExists, or, sql } from "../database/drizzle.ts";
import { type comments, type notices, users } from "./schema.ts";
import { preparedName, skeletonOf } from "./user-name.ts";

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

/** @returns undefined if the name is taken, or looks like one that is */
export async function addUser(
  database: Database,
  user: { readonly name: string; readonly passwordHash: string; readonly moderator?: boolean },
): Promise<User | undefined> {
  const [added] = await database
    .insert(users)
    .values({ moderator: false, ...user, nameSkeleton: skeletonOf(user.name) })
    .onConflictDoNothing()
    .returning(userColumns);
  return added;
}

/**
 * Finds an account by its name, in upper or lower case, with its password hash. The name of an old
 * account may be one that is prepared to another: so it is looked for as it was entered, too. JavaScript
 * and the database differ in the lower case of Σ, which has two forms.
 */
export async function userByName(
  database: Database,
  name: string,
): Promise<(User & { readonly passwordHash: string }) | undefined> {
  const stored = sql`lower(${users.name})`;
  const prepared = preparedName(name);
  const forms = [name, prepared, prepared.toLowerCase()].map((form) => sql`lower(${form})`);
  const [found] = await database
    .select({ ...userColumns, passwordHash: users.passwordHash })
    .from(users)
    .where(inArray(stored, forms))
    .orderBy(sql`${stored} = lower(${name}) desc`)
    .limit(1);
  return found;
}

/**
 * Gives old accounts their skeleton, the oldest first. Of those that look alike only one can have it;
 * all of them can sign in.
 */
export async function addSkeletons(database: Database): Promise<void> {
  const old = await database
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(isNull(users.nameSkeleton))
    .orderBy(asc(users.id));
  for (const { id, name } of old) {
    const nameSkeleton = skeletonOf(name);
    const isFree = notExists(
      database.select({ id: others.id }).from(others).where(eq(others.nameSkeleton, nameSkeleton)),
    );
    await database
      .update(users)
      .set({ nameSkeleton })
      .where(and(eq(users.id, id), isFree));
  }
}

const others = alias(users, "others");
