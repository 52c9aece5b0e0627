import type { ViewContext } from "../context.ts";
import { readForm } from "../forms/body.ts";
import { emptyNotice, isValid, type NoticeForm, parseNotice } from "../forms/notice.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import { addNotice, type Notice, newestNotices } from "../models/notice.ts";
import { noticesPage } from "../templates/notices.ts";
import { RETRY_AFTER } from "./errors.ts";

/** GET /: the newest notices, and the form for one's own. */
export async function listNotices(c: ViewContext): Promise<Response> {
  const notices = await c.var.ask(newestNotices);
  return c.html(noticesPage(c.var.page, { notices, form: emptyNotice, alert: "" }));
}

/** POST /: pins a notice. Whatever goes wrong, the page shows again what was entered. */
export async function postNotice(c: ViewContext): Promise<Response> {
  const form = parseNotice(await readForm(c.req.raw));
  if (!isValid(form)) return invalid(c, form);
  try {
    await c.var.ask((database) => addNotice(database, form.values));
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    const alert = `The database does not answer, so your notice may not have been saved. Your text is still here: look at the board in ${RETRY_AFTER} seconds, and post it again if it is missing.`;
    return c.html(noticesPage(c.var.page, { notices: undefined, form, alert }), 503);
  }
  return c.redirect(c.var.page.url("notices"), 303);
}

async function invalid(c: ViewContext, form: NoticeForm): Promise<Response> {
  let notices: Notice[] | undefined;
  try {
    notices = await c.var.ask(newestNotices);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
  }
  return c.html(noticesPage(c.var.page, { notices, form, alert: "" }), 422);
}
