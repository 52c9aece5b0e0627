import { HTTPException } from "hono/http-exception";
import { commentForm } from "../forms/comment.ts";
import { parseBoardQuery } from "../forms/search.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import { commentsOf } from "../models/comment.ts";
import * as model from "../models/notice.ts";
import { boardPage } from "../templates/board.ts";
import { noticePage } from "../templates/notice.ts";
import type { ViewContext } from "../view-context.ts";
import {
  confirmDeletion,
  readButton,
  readHidden,
  redirectToSignIn,
  requireAuthor,
} from "./access.ts";

/**
 * For guests' pages: the web server requests a new copy at most once a second, and serves the stale
 * one meanwhile. A request with a cookie gets a page of its own.
 */
const SHARED = "public, max-age=0, s-maxage=1, stale-while-revalidate=10";

/** GET /: the board, with ?q=, ?before= and ?after=. */
export async function listNotices(c: ViewContext): Promise<Response> {
  const query = parseBoardQuery(new URL(c.req.url).searchParams);
  const { user } = c.var.visitor;
  const board = await c.var.query((database) => model.boardPage(database, query, user));
  c.header("Vary", "Cookie");
  const shared = c.req.header("cookie") === undefined;
  if (shared) c.header("Cache-Control", SHARED);
  return c.html(boardPage({ ...c.var.page, shared }, query, board));
}

export async function showNotice(c: ViewContext): Promise<Response> {
  const notice = await noticeOf(c);
  const { user } = c.var.visitor;
  const comments = await c.var.query((database) => commentsOf(database, notice.id, user));
  return c.html(noticePage(c.var.page, notice, comments, commentForm()));
}

export async function confirmDeleteNotice(c: ViewContext): Promise<Response> {
  if (signedIn(c) === undefined) return redirectToSignIn(c);
  const { id, title: text, authorId } = await noticeOf(c);
  const { url } = c.var.page;
  const subject = { what: "notice", authorId, text };
  return confirmDeletion(c, subject, url("deleteNotice", id), url("notice", id));
}

/** POST /notices/:id/delete: the notice, its comments and its picture. */
export async function removeNotice(c: ViewContext): Promise<Response> {
  const { user } = await readButton(c);
  const notice = await noticeOf(c);
  requireAuthor(user, notice.authorId);
  await c.var.query((database) => model.deleteNotice(database, notice.id));
  if (notice.picture !== null) await c.var.parts.pictures.remove(notice.picture);
  return redirectWith(c, "notice-deleted", c.var.page.url("notices"));
}

export async function setNoticeHidden(c: ViewContext): Promise<Response> {
  const hidden = await readHidden(c);
  const { id } = await noticeOf(c);
  await c.var.query((database) => model.hideNotice(database, id, hidden));
  return redirectWith(c, hidden ? "notice-hidden" : "notice-shown", c.var.page.url("notice", id));
}

export const idOf = (c: ViewContext): number => Number(c.req.param("id"));

/** The notice of the address. @throws HTTPException 404 (also if hidden); DatabaseUnavailable */
export async function noticeOf(c: ViewContext): Promise<model.Notice> {
  const user = signedIn(c);
  const notice = await c.var.query((database) => model.noticeById(database, idOf(c), user));
  if (notice === undefined) throw new HTTPException(404);
  return notice;
}
