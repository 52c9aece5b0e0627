import type { SQL } from "drizzle-orm";
import type { Database } from "../database/access.ts";
import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, sql } from "../database/drizzle.ts";
import { announce, change } from "./event.ts";
import { TokenUsed } from "./form-token.ts";
import { comments, notices, users } from "./schema.ts";
import { type Viewer, visibleTo } from "./user.ts";

/** Notices on one page of the board. */
export const PAGE_SIZE = 12;

const { formToken: _, search: _search, ...columns } = getTableColumns(notices);

export interface Notice extends Omit<typeof notices.$inferSelect, "formToken" | "search"> {
  readonly author: string;
  /** The number of comments that everyone can see. */
  readonly comments: number;
}

export type NoticeText = Pick<Notice, "title" | "body" | "picture" | "picturePrivate">;

/** A page of the board. It starts at a notice, so that new notices do not shift it. */
export interface BoardQuery {
  /** Words as for a search engine; "" finds everything. */
  readonly search: string;
  /** The id above, or below, all notices of the page. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

export interface BoardPage {
  /** The newest first. */
  readonly notices: readonly Notice[];
  /** Whether newer, and older, notices exist. */
  readonly newer: boolean;
  readonly older: boolean;
}

export async function boardPage(
  database: Database,
  { search, before, after }: BoardQuery,
  viewer: Viewer,
): Promise<BoardPage> {
  const upwards = after !== undefined;
  const condition = and(
    visibleTo(viewer, notices),
    // Accepts any input: quotes, "or" and minus have a meaning, everything else is a word.
    search === ""
      ? undefined
      : sql`${notices.search} @@ websearch_to_tsquery('english', ${search})`,
    before === undefined ? undefined : lt(notices.id, before),
    after === undefined ? undefined : gt(notices.id, after),
  );
  const found = await select(database, condition)
    .orderBy(upwards ? asc(notices.id) : desc(notices.id))
    .limit(PAGE_SIZE + 1);
  const more = found.length > PAGE_SIZE;
  const shown = found.slice(0, PAGE_SIZE);
  if (upwards) shown.reverse();
  return {
    notices: shown,
    newer: upwards ? more : before !== undefined,
    older: upwards || more,
  };
}

/** Whether a viewer who may see a notice may see its picture too. */
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
  return (await select(database, and(eq(notices.id, id), visibleTo(viewer, notices))))[0];
}

/** The notice of a picture, if the viewer may see both. */
export async function noticeOfPicture(
  database: Database,
  picture: string,
  viewer: Viewer,
): Promise<Notice | undefined> {
  const condition = and(eq(notices.picture, picture), visibleTo(viewer, notices));
  const [found] = await select(database, condition);
  return found && seesPicture(found, viewer) ? found : undefined;
}

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

/** `added` is false if the form with this token was sent before. @throws TokenUsed */
export async function addNotice(
  database: Database,
  authorId: number,
  text: NoticeText,
  formToken: string,
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
      .where(and(eq(notices.formToken, formToken), eq(notices.authorId, authorId)));
    if (earlier === undefined) throw new TokenUsed();
    return { id: earlier.id, added: false };
  });
}

export function editNotice(database: Database, id: number, text: NoticeText): Promise<void> {
  return change(database, { kind: "changed", notice: id }, (transaction) =>
    transaction
      .update(notices)
      .set({ ...text, editedAt: sql`now()` })
      .where(eq(notices.id, id)),
  );
}

/** Hides a notice from everyone but its author and moderators, or shows it again. */
export function hideNotice(database: Database, id: number, hidden: boolean): Promise<void> {
  const hiddenAt = hidden ? sql`now()` : null;
  return change(database, { kind: hidden ? "gone" : "changed", notice: id }, (transaction) =>
    transaction.update(notices).set({ hiddenAt }).where(eq(notices.id, id)),
  );
}

export function deleteNotice(database: Database, id: number): Promise<void> {
  return change(database, { kind: "gone", notice: id }, (transaction) =>
    transaction.delete(notices).where(eq(notices.id, id)),
  );
}

const select = (database: Database, condition: SQL | undefined) =>
  database
    .select({
      ...columns,
      author: users.name,
      comments: sql<number>`(select count(*)::int from ${comments} where ${comments.noticeId} = ${notices.id} and ${comments.hiddenAt} is null)`,
    })
    .from(notices)
    .innerJoin(users, eq(users.id, notices.authorId))
    .where(condition);
