import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import { commentForm } from "../forms/comment.ts";
import { parseBoardQuery } from "../forms/search.ts";
import { boardPage as pageOfBoard } from "../models/board.ts";
import { commentsOf } from "../models/comment.ts";
import { type Notice, noticeById } from "../models/notice.ts";
import { boardPage } from "../templates/board.ts";
import { noticePage } from "../templates/notice.ts";

/**
 * What a guest's copy may be used for: the web server asks for a new one at most once a second, and
 * shows the old one meanwhile. Whoever sends a cookie gets a page of their own.
 */
const SHARED = "public, max-age=0, s-maxage=1, stale-while-revalidate=10";

/** GET /: the board, as ?q=, ?before= and ?after= ask for it. */
export async function listNotices(c: ViewContext): Promise<Response> {
  const query = parseBoardQuery(new URL(c.req.url).searchParams);
  const { user } = c.var.visitor;
  const board = await c.var.ask((database) => pageOfBoard(database, query, user));
  c.header("Vary", "Cookie");
  const shared = c.req.header("cookie") === undefined;
  if (shared) c.header("Cache-Control", SHARED);
  return c.html(boardPage({ ...c.var.page, shared }, query, board));
}

/** GET /notices/:id */
export async function showNotice(c: ViewContext): Promise<Response> {
  const notice = await noticeOf(c);
  const comments = await c.var.ask((database) =>
    commentsOf(database, notice.id, c.var.visitor.user),
  );
  return c.html(noticePage(c.var.page, { notice, comments, form: commentForm(), alert: "" }));
}

/** The number in the address; the table of addresses has seen that it is one. */
export const idOf = (c: ViewContext): number => Number(c.req.param("id"));

/**
 * The notice that the address names.
 * @throws HTTPException 404 also for one that this visitor may not see; DatabaseUnavailable
 */
export async function noticeOf(c: ViewContext): Promise<Notice> {
  const { user, unknown } = c.var.visitor;
  if (unknown !== undefined) throw unknown;
  const notice = await c.var.ask((database) => noticeById(database, idOf(c), user));
  if (notice === undefined) throw new HTTPException(404);
  return notice;
}
