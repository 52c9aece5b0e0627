import { HTTPException } from "hono/http-exception";
import { isValid } from "../forms/fields.ts";
import { emptyNotice, formOfNotice, type NoticeForm, parseNotice } from "../forms/notice.ts";
import { readUpload } from "../forms/upload.ts";
import { BadPicture } from "../media/picture-store.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import {
  addNotice,
  editNotice,
  type Notice,
  type NoticeText,
  noticeById,
} from "../models/notice.ts";
import { isSessionSeal, sessionSeal } from "../models/session.ts";
import type { User } from "../models/user.ts";
import { noticeFormPage } from "../templates/notice-form.ts";
import type { ViewContext } from "../view-context.ts";
import { keepingForm, redirectToSignIn, refusalOf, requireAuthor } from "./access.ts";
import { idOf, noticeOf } from "./notices.ts";

export function showNewForm(c: ViewContext): Response | Promise<Response> {
  if (signedIn(c) === undefined) return redirectToSignIn(c);
  return show(c, emptyNotice(), undefined);
}

export async function createNotice(c: ViewContext): Promise<Response> {
  return readAnd(c, async (user, form) => {
    const text = textOf(form, null);
    const { id, added } = await c.var.query((database) =>
      addNotice(database, user.id, text, form.token),
    );
    const notice = added ? text : await c.var.query((database) => noticeById(database, id, user));
    await removeUnused(c, form.kept, notice?.picture);
    const flash = added ? "notice-posted" : "notice-posted-before";
    return redirectWith(c, flash, c.var.page.url("notice", id));
  });
}

export async function showEditForm(c: ViewContext): Promise<Response> {
  if (signedIn(c) === undefined) return redirectToSignIn(c);
  const notice = await noticeOf(c);
  requireAuthor(c.var.visitor.user, notice.authorId);
  return show(c, formOfNotice(notice), notice);
}

export async function saveNotice(c: ViewContext): Promise<Response> {
  return readAnd(c, async (user, form, notice) => {
    if (notice === undefined) throw new HTTPException(404);
    requireAuthor(user, notice.authorId);
    const text = textOf(form, notice.picture);
    await c.var.query((database) => editNotice(database, notice.id, text));
    await removeUnused(c, notice.picture, text.picture);
    await removeUnused(c, form.kept, text.picture);
    return redirectWith(c, "notice-saved", c.var.page.url("notice", notice.id));
  });
}

/** Reads the form and runs `act`. If that is not possible, the form is shown again with its values. */
async function readAnd(
  c: ViewContext,
  act: (user: User, form: NoticeForm, notice?: Notice) => Promise<Response>,
): Promise<Response> {
  const { visitor, parts } = c.var;
  const store = visitor.user && parts.pictures;
  const { fields, picture } = await readUpload(c.req.raw, store, parts.pictures.limit);
  const form = parseNotice(fields, picture, keptOf(c, fields));
  let notice: Notice | undefined;
  const showAgain = (alert: string) => show(c, { ...form, alert }, notice, 503);
  return keepingForm(c, "notice", showAgain, async () => {
    const alert = refusalOf(c, fields);
    if (c.req.param("id") !== undefined && visitor.user) notice = await noticeOf(c);
    if (!visitor.user || alert !== undefined) return show(c, { ...form, alert }, notice, 403);
    if (picture instanceof BadPicture) return show(c, form, notice, picture.status);
    if (!isValid(form)) return show(c, form, notice, 422);
    return act(visitor.user, form, notice);
  });
}

function show(
  c: ViewContext,
  form: NoticeForm,
  notice: Notice | undefined,
  status: 200 | 403 | 413 | 415 | 422 | 503 = 200,
): Response | Promise<Response> {
  const { page, visitor, parts } = c.var;
  const { token } = visitor;
  const { kept } = form;
  const keptSeal = kept && token && sessionSeal(token, sealPurpose(kept, form.token));
  const view = {
    form,
    id: c.req.param("id") === undefined ? undefined : idOf(c),
    hasPicture: notice !== undefined && notice.picture !== null,
    keptSeal,
    pictureLimit: parts.pictures.limit,
  };
  return c.html(noticeFormPage(page, view), status);
}

/** Ties an uploaded picture to its session and its form, so that no one else can use it. */
const sealPurpose = (picture: string, formToken: string): string =>
  `picture ${picture} ${formToken}`;

function keptOf(c: ViewContext, fields: URLSearchParams): string | undefined {
  const { token } = c.var.visitor;
  const name = fields.get("kept");
  if (name === null || token === undefined) return undefined;
  const purpose = sealPurpose(name, fields.get("token") ?? "");
  return isSessionSeal(fields.get("kept-seal") ?? "", token, purpose) ? name : undefined;
}

function textOf(
  { values, isPrivate, removes, kept }: NoticeForm,
  current: string | null,
): NoticeText {
  const picture = removes ? null : (kept ?? current);
  return { title: values.title, body: values.body, picture, picturePrivate: isPrivate };
}

/** Deletes a stored picture unless the notice uses it. */
async function removeUnused(
  c: ViewContext,
  stored: string | null | undefined,
  used: string | null | undefined,
): Promise<void> {
  if (stored && stored !== used) await c.var.parts.pictures.remove(stored);
}
