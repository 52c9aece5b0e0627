import type { ViewContext } from "../context.ts";
import { isValid } from "../forms/form.ts";
import { emptyNotice, formOfNotice, type NoticeForm, parseNotice } from "../forms/notice.ts";
import { readUpload } from "../forms/upload.ts";
import { BadPicture } from "../media/picture-store.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import {
  addNotice,
  editNotice,
  type Notice,
  type NoticeText,
  noticeById,
} from "../models/notice.ts";
import { isSessionSeal, sessionSeal } from "../models/session.ts";
import { noticeFormPage } from "../templates/notice-form.ts";
import { refusalOf, refuseOthers, toSignIn } from "./access.ts";
import { RETRY_AFTER } from "./errors.ts";
import { idOf, noticeOf } from "./notices.ts";

type Status = 200 | 403 | 413 | 415 | 422 | 503;
const OUT = `The database does not answer, so nothing may have been saved. Your text is still here: send it again in ${RETRY_AFTER} seconds.`;

/** GET /notices/new */
export function showNewForm(c: ViewContext): Response | Promise<Response> {
  if (signedIn(c) === undefined) return toSignIn(c);
  return show(c, emptyNotice(), undefined);
}

/** POST /notices/new */
export async function createNotice(c: ViewContext): Promise<Response> {
  return answered(c, async ({ form, refuse }) => {
    const user = signedIn(c);
    if (user === undefined) return refuse();
    const text = textOf(form, null);
    const { id, added } = await c.var.ask((database) =>
      addNotice(database, user.id, text, form.token),
    );
    const notice = added ? text : await c.var.ask((database) => noticeById(database, id, user));
    await forget(c, form.kept ?? null, notice?.picture ?? null);
    const flash = added ? "notice-posted" : "notice-posted-before";
    return redirectWith(c, flash, c.var.page.url("notice", id));
  });
}

/** GET /notices/:id/edit */
export async function showEditForm(c: ViewContext): Promise<Response> {
  if (signedIn(c) === undefined) return toSignIn(c);
  const notice = await noticeOf(c);
  refuseOthers(c.var.visitor.user, notice.authorId);
  return show(c, formOfNotice(notice), notice);
}

/** POST /notices/:id/edit */
export async function saveNotice(c: ViewContext): Promise<Response> {
  return answered(c, async ({ form, notice, refuse }) => {
    if (notice === undefined) return refuse();
    refuseOthers(c.var.visitor.user, notice.authorId);
    const text = textOf(form, notice.picture);
    await c.var.ask((database) => editNotice(database, notice.id, text));
    await forget(c, notice.picture, text.picture);
    await forget(c, form.kept ?? null, text.picture);
    return redirectWith(c, "notice-saved", c.var.page.url("notice", notice.id));
  });
}

interface Sent {
  readonly form: NoticeForm;
  /** The notice that the address names, if it names one. */
  readonly notice: Notice | undefined;
  readonly refuse: () => Response | Promise<Response>;
}

/** Reads the form and lets `act` act; whatever goes wrong, the page shows again what was entered. */
async function answered(
  c: ViewContext,
  act: (sent: Sent) => Promise<Response> | Response,
): Promise<Response> {
  const { visitor, parts } = c.var;
  const store = visitor.user && parts.pictures;
  const { fields, picture } = await readUpload(c.req.raw, store, parts.pictures.limit);
  const form = parseNotice(fields, picture, keptOf(c, fields));
  let notice: Notice | undefined;
  try {
    const refusal = refusalOf(c, fields);
    if (c.req.param("id") !== undefined && visitor.user) notice = await noticeOf(c);
    const refuse = () => show(c, form, notice, 403, refusal);
    if (refusal !== undefined) return await refuse();
    if (picture instanceof BadPicture) return await show(c, form, notice, picture.status);
    if (!isValid(form)) return await show(c, form, notice, 422);
    return await act({ form, notice, refuse });
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    return show(c, form, notice, 503, OUT);
  }
}

function show(
  c: ViewContext,
  form: NoticeForm,
  notice: Notice | undefined,
  status: Status = 200,
  alert = "",
): Response | Promise<Response> {
  const { page, visitor, parts } = c.var;
  const { token } = visitor;
  const id = c.req.param("id") === undefined ? undefined : idOf(c);
  const kept =
    form.kept !== undefined && token !== undefined
      ? { name: form.kept, seal: sessionSeal(token, keeping(form.kept, form.token)) }
      : undefined;
  const hasPicture = notice !== undefined && notice.picture !== null;
  const pictureLimit = parts.pictures.limit;
  return c.html(noticeFormPage(page, { form, id, hasPicture, kept, pictureLimit, alert }), status);
}

/** A stored picture is tied to its session and its form, so that nobody claims another's. */
const keeping = (picture: string, formToken: string): string => `picture ${picture} ${formToken}`;

function keptOf(c: ViewContext, fields: URLSearchParams): string | undefined {
  const { token } = c.var.visitor;
  const name = fields.get("kept");
  if (name === null || token === undefined) return undefined;
  const purpose = keeping(name, fields.get("token") ?? "");
  return isSessionSeal(fields.get("kept-seal") ?? "", token, purpose) ? name : undefined;
}

function textOf({ values, isPrivate, removes, kept }: NoticeForm, now: string | null): NoticeText {
  const picture = removes ? null : (kept ?? now);
  return { title: values.title, body: values.body, picture, picturePrivate: isPrivate };
}

/** Deletes a stored picture that is not the one in use. */
async function forget(c: ViewContext, stored: string | null, used: string | null): Promise<void> {
  if (stored !== null && stored !== used) await c.var.parts.pictures.remove(stored);
}
