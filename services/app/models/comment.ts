import type { SQL } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import type { Database } from "../database/access.ts";
import { and, asc, eq, getTableColumns, sql } from "../database/drizzle.ts";
import { announce, change } from "./event.ts";
import { TokenUsed } from "./form-token.ts";
import { comments, users } from "./schema.ts";
import { type Viewer, visibleTo } from "./user.ts";

/** Comments on one page. */
const SHOWN = 200;

const { formToken: _, ...columns } = getTableColumns(comments);

export interface Comment extends Omit<typeof comments.$inferSelect, "formToken"> {
  readonly author: string;
}

/** The first comments of a notice that this viewer may see, the oldest first. */
export function commentsOf(database: Database, noticeId: number, viewer: Viewer) {
  return select(database, eq(comments.noticeId, noticeId), viewer);
}

export async function commentById(
  database: Database,
  id: number,
  viewer: Viewer,
): Promise<Comment | undefined> {
  return (await select(database, eq(comments.id, id), viewer))[0];
}

/** @returns false if the form with this token was sent before @throws TokenUsed */
export async function addComment(
  database: Database,
  comment: Pick<Comment, "noticeId" | "authorId" | "body">,
  formToken: string,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const added = await transaction
      .insert(comments)
      .values({ ...comment, formToken })
      .onConflictDoNothing({ target: comments.formToken })
      .returning({ id: comments.id });
    const { noticeId, authorId } = comment;
    if (added.length > 0) {
      await announce(transaction, { kind: "commented", notice: noticeId });
      return true;
    }
    const earlier = await transaction
      .select({ id: comments.id })
      .from(comments)
      .where(
        and(
          eq(comments.formToken, formToken),
          eq(comments.authorId, authorId),
          eq(comments.noticeId, noticeId),
        ),
      );
    if (earlier.length === 0) throw new TokenUsed();
    return false;
  });
}

export function editComment(database: Database, comment: Comment, body: string): Promise<void> {
  return update(database, comment, { body, editedAt: sql`now()` });
}

/** Hides a comment from everyone but its author and moderators, or shows it again. */
export function hideComment(database: Database, comment: Comment, hidden: boolean): Promise<void> {
  return update(database, comment, { hiddenAt: hidden ? sql`now()` : null });
}

export function deleteComment(database: Database, { id, noticeId }: Comment): Promise<void> {
  return change(database, { kind: "commented", notice: noticeId }, (transaction) =>
    transaction.delete(comments).where(eq(comments.id, id)),
  );
}

function select(database: Database, condition: SQL, viewer: Viewer): Promise<Comment[]> {
  return database
    .select({ ...columns, author: users.name })
    .from(comments)
    .innerJoin(users, eq(users.id, comments.authorId))
    .where(and(condition, visibleTo(viewer, comments)))
    .orderBy(asc(comments.id))
    .limit(SHOWN);
}

function update(
  database: Database,
  { id, noticeId }: Comment,
  set: PgUpdateSetSource<typeof comments>,
): Promise<void> {
  return change(database, { kind: "commented", notice: noticeId }, (transaction) =>
    transaction.update(comments).set(set).where(eq(comments.id, id)),
  );
}
