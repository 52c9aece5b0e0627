import { and, eq, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { announce } from "./event.ts";
import { comments, notices, users } from "./schema.ts";
import type { User } from "./user.ts";

/** A notice with its author's name, as pages and the API show it. */
export interface Notice {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  readonly authorId: number;
  readonly author: string;
  /** The picture's name in the media folder. */
  readonly picture: string | null;
  readonly picturePrivate: boolean;
  readonly hiddenAt: Date | null;
  readonly postedAt: Date;
  readonly editedAt: Date | null;
  /** How many comments everybody can see. */
  readonly comments: number;
}

/** What an author decides. */
export type NoticeText = Pick<Notice, "title" | "body" | "picture" | "picturePrivate">;

/** Who looks at the board; undefined: somebody who is not signed in. */
export type Viewer = Pick<User, "id" | "moderator"> | undefined;

export const asNotice = {
  id: notices.id,
  title: notices.title,
  body: notices.body,
  authorId: notices.authorId,
  author: users.name,
  picture: notices.picture,
  picturePrivate: notices.picturePrivate,
  hiddenAt: notices.hiddenAt,
  postedAt: notices.postedAt,
  editedAt: notices.editedAt,
  comments: sql<number>`(select count(*)::int from ${comments} where ${comments.noticeId} = ${notices.id} and ${comments.hiddenAt} is null)`,
};

/** What this viewer may see: hidden notices only the author and moderators. */
export function visibleTo(viewer: Viewer): SQL | undefined {
  if (viewer?.moderator) return undefined;
  return or(isNull(notices.hiddenAt), viewer && eq(notices.authorId, viewer.id));
}

/** Whether this viewer may see the picture of a notice that is visible to them. */
export function seesPicture(
  { authorId, picturePrivate }: Pick<Notice, "authorId" | "picturePrivate">,
  viewer: Viewer,
): boolean {
  return !picturePrivate || viewer?.moderator === true || viewer?.id === authorId;
}

export async function noticeById(
  database: Database,
  id: number,
  viewer: Viewer,
): Promise<Notice | undefined> {
  return one(database, and(eq(notices.id, id), visibleTo(viewer)));
}

/** The notice that a picture belongs to, where the viewer may see both. */
export async function noticeOfPicture(
  database: Database,
  picture: string,
  viewer: Viewer,
): Promise<Notice | undefined> {
  const found = await one(database, and(eq(notices.picture, picture), visibleTo(viewer)));
  return found && seesPicture(found, viewer) ? found : undefined;
}

/** Which of these pictures belong to a notice. */
export async function picturesInUse(
  database: Database,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = await database
    .select({ picture: notices.picture })
    .from(notices)
    .where(inArray(notices.picture, [...names]));
  return new Set(found.flatMap(({ picture }) => picture ?? []));
}

/**
 * Pins a notice.
 * @param formToken the one-time token of the form: its notice exists once, however often it is sent
 * @returns the notice's id, and false where the form had come before
 */
export async function addNotice(
  database: Database,
  authorId: number,
  text: NoticeText,
  formToken: string | null = null,
): Promise<{ readonly id: number; readonly added: boolean }> {
  return database.transaction(async (transaction) => {
    const [added] = await transaction
      .insert(notices)
      .values({ authorId, ...text, formToken })
      .onConflictDoNothing({ target: notices.formToken })
      .returning({ id: notices.id });
    if (added !== undefined) {
      await announce(transaction, { kind: "posted", notice: added.id });
      return { id: added.id, added: true };
    }
    const [earlier] = await transaction
      .select({ id: notices.id })
      .from(notices)
      .where(and(eq(notices.formToken, formToken ?? ""), eq(notices.authorId, authorId)));
    if (earlier === undefined) throw new Error("a form's token was used by another author");
    return { id: earlier.id, added: false };
  });
}

/** Writes a notice anew. */
export async function editNotice(database: Database, id: number, text: NoticeText): Promise<void> {
  await change(database, id, { ...text, editedAt: sql`now()` }, "changed");
}

/** Hides a notice from all but its author and moderators, or shows it again. */
export async function hideNotice(database: Database, id: number, hidden: boolean): Promise<void> {
  const hiddenAt = hidden ? sql`now()` : null;
  await change(database, id, { hiddenAt }, hidden ? "gone" : "changed");
}

export async function deleteNotice(database: Database, id: number): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.delete(notices).where(eq(notices.id, id));
    await announce(transaction, { kind: "gone", notice: id });
  });
}

async function one(database: Database, condition: SQL | undefined): Promise<Notice | undefined> {
  const [found] = await database
    .select(asNotice)
    .from(notices)
    .innerJoin(users, eq(users.id, notices.authorId))
    .where(condition);
  return found;
}

async function change(
  database: Database,
  id: number,
  values: Parameters<ReturnType<Database["update"]>["set"]>[0],
  kind: "changed" | "gone",
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.update(notices).set(values).where(eq(notices.id, id));
    await announce(transaction, { kind, notice: id });
  });
}
