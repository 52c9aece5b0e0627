import { and, asc, eq, isNull, or, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { announce } from "./event.ts";
import type { Viewer } from "./notice.ts";
import { comments, users } from "./schema.ts";

/** As many as one page shows; a notice board is no forum. */
const SHOWN = 200;

export interface Comment {
  readonly id: number;
  readonly noticeId: number;
  readonly authorId: number;
  readonly author: string;
  readonly body: string;
  readonly hiddenAt: Date | null;
  readonly postedAt: Date;
  readonly editedAt: Date | null;
}

const asComment = {
  id: comments.id,
  noticeId: comments.noticeId,
  authorId: comments.authorId,
  author: users.name,
  body: comments.body,
  hiddenAt: comments.hiddenAt,
  postedAt: comments.postedAt,
  editedAt: comments.editedAt,
};

const visibleTo = (viewer: Viewer) =>
  viewer?.moderator
    ? undefined
    : or(isNull(comments.hiddenAt), viewer && eq(comments.authorId, viewer.id));

/** The first comments below a notice that this viewer may see, the oldest first. */
export function commentsOf(
  database: Database,
  noticeId: number,
  viewer: Viewer,
): Promise<Comment[]> {
  return database
    .select(asComment)
    .from(comments)
    .innerJoin(users, eq(users.id, comments.authorId))
    .where(and(eq(comments.noticeId, noticeId), visibleTo(viewer)))
    .orderBy(asc(comments.id))
    .limit(SHOWN);
}

export async function commentById(
  database: Database,
  id: number,
  viewer: Viewer,
): Promise<Comment | undefined> {
  const [found] = await database
    .select(asComment)
    .from(comments)
    .innerJoin(users, eq(users.id, comments.authorId))
    .where(and(eq(comments.id, id), visibleTo(viewer)));
  return found;
}

/**
 * Writes below a notice.
 * @param formToken the one-time token of the form: its comment exists once, however often it is sent
 * @returns false where the form had come before
 */
export async function addComment(
  database: Database,
  comment: Pick<Comment, "noticeId" | "authorId" | "body">,
  formToken: string | null = null,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const added = await transaction
      .insert(comments)
      .values({ ...comment, formToken })
      .onConflictDoNothing({ target: comments.formToken })
      .returning({ id: comments.id });
    if (added.length === 0) return false;
    await changed(transaction, comment);
    return true;
  });
}

export async function editComment(
  database: Database,
  comment: Comment,
  body: string,
): Promise<void> {
  await update(database, comment, { body, editedAt: sql`now()` });
}

/** Hides a comment from all but its author and moderators, or shows it again. */
export async function hideComment(
  database: Database,
  comment: Comment,
  hidden: boolean,
): Promise<void> {
  await update(database, comment, { hiddenAt: hidden ? sql`now()` : null });
}

export async function deleteComment(database: Database, comment: Comment): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.delete(comments).where(eq(comments.id, comment.id));
    await changed(transaction, comment);
  });
}

async function update(
  database: Database,
  comment: Comment,
  values: Parameters<ReturnType<Database["update"]>["set"]>[0],
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.update(comments).set(values).where(eq(comments.id, comment.id));
    await changed(transaction, comment);
  });
}

const changed = (database: Database, { noticeId }: Pick<Comment, "noticeId">): Promise<void> =>
  announce(database, { kind: "commented", notice: noticeId });
