import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import { readJson } from "../forms/body.ts";
import { isValid } from "../forms/form.ts";
import { parseNotice } from "../forms/notice.ts";
import { parseBoardQuery } from "../forms/search.ts";
import { formSeal, isSealed, signedIn } from "../middleware/visitor.ts";
import { boardPage } from "../models/board.ts";
import { addNotice, type Notice, noticeById, seesPicture } from "../models/notice.ts";
import { problem } from "./errors.ts";
import { noticeOf } from "./notices.ts";

/** GET /api/notices: ?q=, ?before= and ?after= as on the board; `next` is the page of older ones. */
export async function listNoticesByApi(c: ViewContext): Promise<Response> {
  const query = parseBoardQuery(new URL(c.req.url).searchParams);
  const { notices, older } = await c.var.ask((database) =>
    boardPage(database, query, c.var.visitor.user),
  );
  const fields = new URLSearchParams(query.search === "" ? {} : { q: query.search });
  fields.set("before", String(notices.at(-1)?.id));
  const next = older && notices.length > 0 ? `${c.var.page.url("apiNotices")}?${fields}` : null;
  return c.json({ notices: notices.map((notice) => asJson(c, notice)), next });
}

/** GET /api/notices/:id */
export async function showNoticeByApi(c: ViewContext): Promise<Response> {
  return c.json(asJson(c, await noticeOf(c)));
}

/**
 * POST /api/notices: {"title": ..., "body": ...}, by somebody who is signed in, with the session's
 * token in X-CSRF-Token. The same `token` (a UUID) sent twice makes one notice.
 */
export async function createNoticeByApi(c: ViewContext): Promise<Response> {
  const user = signedIn(c);
  if (user === undefined) throw new HTTPException(401, { message: "Sign in first." });
  if (!isSealed(c.var.visitor, c.req.header("x-csrf-token"))) {
    throw new HTTPException(403, {
      message: `Send the token of ${c.var.page.url("apiSession")} as X-CSRF-Token.`,
    });
  }
  const form = parseNotice(fieldsOf(await readJson(c.req.raw)), undefined, undefined);
  if (!isValid(form)) return problem(c, 422, "This needs another look", { errors: form.errors });
  const { title, body } = form.values;
  const text = { title, body, picture: null, picturePrivate: false };
  const { id, added } = await c.var.ask((database) =>
    addNotice(database, user.id, text, form.token),
  );
  const notice = await c.var.ask((database) => noticeById(database, id, user));
  if (notice === undefined) throw new HTTPException(404);
  c.header("Location", c.var.page.url("apiNotice", id));
  return c.json(asJson(c, notice), added ? 201 : 200);
}

/** GET /api/session: who is signed in, and the token that every change must bring back. */
export function showSession(c: ViewContext): Response {
  const user = signedIn(c);
  if (user === undefined) return c.json({ user: null, csrf: null });
  const { name, moderator } = user;
  return c.json({ user: { name, moderator }, csrf: formSeal(c.var.visitor) });
}

/** The text members of an object, as a form has them. @throws HTTPException 400 for no object */
function fieldsOf(json: unknown): URLSearchParams {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new HTTPException(400, { message: "Send a JSON object." });
  }
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === "string") fields.set(name, value);
  }
  return fields;
}

function asJson(c: ViewContext, notice: Notice) {
  const { id, title, body, author, picture, comments, postedAt, editedAt, hiddenAt } = notice;
  const { url } = c.var.page;
  const shown = picture !== null && seesPicture(notice, c.var.visitor.user);
  return {
    id,
    title,
    body,
    author,
    comments,
    picture: shown ? url("picture", picture) : null,
    hidden: hiddenAt !== null,
    posted_at: postedAt,
    edited_at: editedAt,
    url: url("notice", id),
  };
}
