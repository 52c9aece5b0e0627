import { and, asc, eq, getTableColumns, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/access.ts";
import { announce } from "./event.ts";
import { comments, users } from "./schema.ts";
import type { Viewer } from "./user.ts";

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

/**
 * @param formToken the form's one-time token: a form that is sent twice adds one comment
 * @returns false if the form was sent before
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
    if (added.length > 0) {
      await announce(transaction, { kind: "commented", notice: comment.noticeId });
    }
    return added.length > 0;
  });
}

export function editComment(database: Database, comment: Comment, body: string): Promise<void> {
  return change(database, comment, (transaction) =>
    transaction.update(comments).set({ body, editedAt: sql`now()` }),
  );
}

/** Hides a comment from everyone but its author and moderators, or shows it again. */
export function hideComment(database: Database, comment: Comment, hidden: boolean): Promise<void> {
  return change(database, comment, (transaction) =>
    transaction.update(comments).set({ hiddenAt: hidden ? sql`now()` : null }),
  );
}

export function deleteComment(database: Database, comment: Comment): Promise<void> {
  return change(database, comment, (transaction) => transaction.delete(comments));
}

function select(database: Database, condition: SQL, viewer: Viewer): Promise<Comment[]> {
  const isVisible = viewer?.moderator
    ? undefined
    : or(isNull(comments.hiddenAt), viewer && eq(comments.authorId, viewer.id));
  return database
    .select({ ...columns, author: users.name })
    .from(comments)
    .innerJoin(users, eq(users.id, comments.authorId))
    .where(and(condition, isVisible))
    .orderBy(asc(comments.id))
    .limit(SHOWN);
}

async function change(
  database: Database,
  { id, noticeId }: Comment,
  statement: (database: Database) => { where(condition: SQL): PromiseLike<unknown> },
): Promise<void> {
  await database.transaction(async (transaction) => {
    await statement(transaction).where(eq(comments.id, id));
    await announce(transaction, { kind: "commented", notice: noticeId });
  });
}
