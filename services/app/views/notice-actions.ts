import type { ViewContext } from "../context.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import { deleteNotice, hideNotice } from "../models/notice.ts";
import { confirmPage } from "../templates/confirm.ts";
import { readButton, refuseNonModerators, refuseOthers, toSignIn } from "./access.ts";
import { noticeOf } from "./notices.ts";

/** GET /notices/:id/delete */
export async function confirmDeleteNotice(c: ViewContext): Promise<Response> {
  const user = signedIn(c);
  if (user === undefined) return toSignIn(c);
  const { id, title, authorId } = await noticeOf(c);
  refuseOthers(user, authorId);
  const { page } = c.var;
  return c.html(
    confirmPage(page, {
      title: "Delete this notice?",
      text: title,
      action: page.url("deleteNotice", id),
      back: page.url("notice", id),
    }),
  );
}

/** POST /notices/:id/delete: the notice, its comments and its picture. */
export async function removeNotice(c: ViewContext): Promise<Response> {
  const { user } = await readButton(c);
  const notice = await noticeOf(c);
  refuseOthers(user, notice.authorId);
  await c.var.ask((database) => deleteNotice(database, notice.id));
  if (notice.picture !== null) await c.var.parts.pictures.remove(notice.picture);
  return redirectWith(c, "notice-deleted", c.var.page.url("notices"));
}

/** POST /notices/:id/hide, with hidden=yes or hidden=no: for moderators. */
export async function setNoticeHidden(c: ViewContext): Promise<Response> {
  const { user, fields } = await readButton(c);
  refuseNonModerators(user);
  const { id } = await noticeOf(c);
  const hidden = fields.get("hidden") === "yes";
  await c.var.ask((database) => hideNotice(database, id, hidden));
  return redirectWith(c, hidden ? "notice-hidden" : "notice-shown", c.var.page.url("notice", id));
}
