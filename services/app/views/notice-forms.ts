import { HTTPException } from "hono/http-exception";
import { DatabaseUnavailable } from "../database/failure.ts";
import { isValid } from "../forms/fields.ts";
import { emptyNotice, formOfNotice, type NoticeForm, parseNotice } from "../forms/notice.ts";
import { type PictureTarget, readUpload } from "../forms/upload.ts";
import { clientOf } from "../limits/client.ts";
import { inWords } from "../limits/too-many.ts";
import { BadPicture } from "../media/picture-store.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import { countWithin } from "../models/attempt.ts";
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
  const store = visitor.user && limitedStore(c, visitor.user);
  const { fields, picture } = await readUpload(c.req.raw, store, parts.pictures.limit);
  const form = parseNotice(fields, picture, keptOf(c, fields));
  let notice: Notice | undefined;
  const showAgain = (alert: string) => show(c, { ...form, alert }, notice, 503);
  return keepingForm(c, "notice", showAgain, async () => {
    const alert = refusalOf(c, fields);
    if (c.req.param("id") !== undefined && visitor.user) notice = await noticeOf(c);
    if (!visitor.user || alert !== undefined) return show(c, { ...form, alert }, notice, 403);
    if (picture instanceof BadPicture) {
      const { retryAfter, status } = picture;
      if (retryAfter !== undefined) c.header("Retry-After", String(retryAfter));
      return show(c, form, notice, status);
    }
    if (!isValid(form)) return show(c, form, notice, 422);
    return act(visitor.user, form, notice);
  });
}

/** The pictures' folder for one upload of this user, within its limits. */
function limitedStore(c: ViewContext, user: User): PictureTarget {
  const { pictures, shares } = c.var.parts;
  const client = clientOf(c.req.raw.headers);
  return {
    remove: (name) => pictures.remove(name),
    save: async (upload) => {
      const release = shares.uploads.acquire({ client, user: user.id });
      try {
        const refusal =
          typeof release === "string"
            ? new BadPicture(release === "worker" ? 503 : 429, BUSY, SOON)
            : await rateRefusal(c, user, client);
        if (refusal === undefined) return await pictures.save(upload);
        // Read on: a browser shows the response only after it has sent the whole request.
        for await (const _ of upload);
        throw refusal;
      } finally {
        if (typeof release !== "string") release();
      }
    },
  };
}

const SOON = 10;
const BUSY = `Other pictures are being uploaded. Please try again ${inWords(SOON)}.`;
/** Seconds. */
const HOUR = 3600;

async function rateRefusal(
  c: ViewContext,
  user: User,
  client: string,
): Promise<BadPicture | undefined> {
  const { uploadsPerUser, uploadsPerClient } = c.var.parts.values;
  const most = {
    [`upload user ${user.id}`]: uploadsPerUser,
    [`upload client ${client}`]: uploadsPerClient,
  };
  try {
    const wait = await c.var.query((database) => countWithin(database, most, HOUR));
    if (wait === 0) return undefined;
    const message = `You have uploaded many pictures. Please try again ${inWords(wait)}.`;
    return new BadPicture(429, message, wait);
  } catch (error) {
    // The form, which needs the database too, keeps the picture for the next attempt.
    if (error instanceof DatabaseUnavailable) return undefined;
    throw error;
  }
}

function show(
  c: ViewContext,
  form: NoticeForm,
  notice: Notice | undefined,
  status: 200 | 403 | 413 | 415 | 422 | 429 | 503 | 507 = 200,
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
