import { and, asc, desc, eq, gt, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { asNotice, type Notice, type Viewer, visibleTo } from "./notice.ts";
import { notices, users } from "./schema.ts";

export const PAGE_SIZE = 12;

/** Which part of the board is asked for. Pages hang on notices, so that new ones shift nothing. */
export interface BoardQuery {
  /** Words as for a search engine; "" finds everything. */
  readonly search: string;
  /** Only notices older than this one. */
  readonly before?: number | undefined;
  /** Only notices newer than this one. */
  readonly after?: number | undefined;
}

export interface BoardPage {
  /** The newest first. */
  readonly notices: readonly Notice[];
  /** Whether there are newer, and older, notices than these. */
  readonly newer: boolean;
  readonly older: boolean;
}

/** A page of the board as this viewer may see it. */
export async function boardPage(
  database: Database,
  { search, before, after }: BoardQuery,
  viewer: Viewer,
): Promise<BoardPage> {
  const upwards = after !== undefined;
  const found = await database
    .select(asNotice)
    .from(notices)
    .innerJoin(users, eq(users.id, notices.authorId))
    .where(
      and(
        visibleTo(viewer),
        // Takes any input: quotes, "or" and minus have a meaning, everything else is a word.
        search === ""
          ? undefined
          : sql`${notices.search} @@ websearch_to_tsquery('english', ${search})`,
        before === undefined ? undefined : lt(notices.id, before),
        after === undefined ? undefined : gt(notices.id, after),
      ),
    )
    .orderBy(upwards ? asc(notices.id) : desc(notices.id))
    .limit(PAGE_SIZE + 1);
  const more = found.length > PAGE_SIZE;
  const shown = found.slice(0, PAGE_SIZE);
  if (upwards) shown.reverse();
  return {
    notices: shown,
    newer: upwards ? more : before !== undefined,
    older: upwards ? true : more,
  };
}
