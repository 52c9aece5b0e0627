import { HTTPException } from "hono/http-exception";
import { readJson, refused } from "../forms/body.ts";
import { isValid } from "../forms/fields.ts";
import { parseNotice } from "../forms/notice.ts";
import { parseBoardQuery } from "../forms/search.ts";
import { formSeal, isSealed, signedIn } from "../middleware/visitor.ts";
import { addNotice, boardPage, type Notice, noticeById, seesPicture } from "../models/notice.ts";
import type { ViewContext } from "../view-context.ts";
import { problem } from "./errors.ts";
import { noticeOf } from "./notices.ts";

/** GET /api/notices, with ?q=, ?before= and ?after= as on the board. `next`: older notices. */
export async function listNotices(c: ViewContext): Promise<Response> {
  const query = parseBoardQuery(new URL(c.req.url).searchParams);
  const { user } = c.var.visitor;
  const { notices, older } = await c.var.query((database) => boardPage(database, query, user));
  const fields = new URLSearchParams(query.search === "" ? {} : { q: query.search });
  fields.set("before", String(notices.at(-1)?.id));
  const next = older && notices.length > 0 ? `${c.var.page.url("apiNotices")}?${fields}` : null;
  return c.json({ notices: notices.map((notice) => asJson(c, notice)), next });
}

export async function showNotice(c: ViewContext): Promise<Response> {
  return c.json(asJson(c, await noticeOf(c)));
}

/**
 * POST /api/notices: {"title": ..., "body": ...} of a signed-in user, with the session's token in
 * X-CSRF-Token. Sent twice with the same `token` (a UUID), it makes one notice.
 */
export async function createNotice(c: ViewContext): Promise<Response> {
  const user = signedIn(c);
  if (user === undefined) throw new HTTPException(401);
  if (!isSealed(c.var.visitor, c.req.header("x-csrf-token"))) {
    throw refused(403, `Send the token of ${c.var.page.url("apiSession")} as X-CSRF-Token.`);
  }
  const form = parseNotice(fieldsOf(await readJson(c.req.raw)), undefined, undefined);
  if (!isValid(form)) return problem(c, 422, "Some fields are not valid", { errors: form.errors });
  const { title, body } = form.values;
  const text = { title, body, picture: null, picturePrivate: false };
  const { id, added } = await c.var.query((database) =>
    addNotice(database, user.id, text, form.token),
  );
  const notice = await c.var.query((database) => noticeById(database, id, user));
  if (notice === undefined) throw new HTTPException(404);
  c.header("Location", c.var.page.url("apiNotice", id));
  return c.json(asJson(c, notice), added ? 201 : 200);
}

/** GET /api/session: the signed-in user, and the token for X-CSRF-Token. */
export function showSession(c: ViewContext): Response {
  const user = signedIn(c);
  if (user === undefined) return c.json({ user: null, csrf: null });
  const { name, moderator } = user;
  return c.json({ user: { name, moderator }, csrf: formSeal(c.var.visitor) });
}

/** The text members of a JSON object, as form fields. @throws HTTPException 400 for no object */
function fieldsOf(json: unknown): URLSearchParams {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw refused(400, "Send a JSON object.");
  }
  const texts = Object.entries(json).filter(([, value]) => typeof value === "string");
  return new URLSearchParams(Object.fromEntries(texts));
}

function asJson(c: ViewContext, notice: Notice) {
  const { id, title, body, author, picture, comments, postedAt, editedAt, hiddenAt } = notice;
  const { url } = c.var.page;
  const isShown = picture !== null && seesPicture(notice, c.var.visitor.user);
  return {
    id,
    title,
    body,
    author,
    comments,
    picture: isShown ? url("picture", picture) : null,
    hidden: hiddenAt !== null,
    posted_at: postedAt,
    edited_at: editedAt,
    url: url("notice", id),
  };
}
