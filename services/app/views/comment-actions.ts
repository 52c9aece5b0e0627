import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import { readForm } from "../forms/body.ts";
import { type CommentForm, commentForm, parseComment } from "../forms/comment.ts";
import { isValid } from "../forms/form.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import {
  type Comment,
  commentById,
  deleteComment,
  editComment,
  hideComment,
} from "../models/comment.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import { commentFormPage } from "../templates/comment-form.ts";
import { confirmPage } from "../templates/confirm.ts";
import { readButton, refusalOf, refuseNonModerators, refuseOthers, toSignIn } from "./access.ts";
import { OUT } from "./comments.ts";
import { RETRY_AFTER } from "./errors.ts";
import { idOf } from "./notices.ts";

/** GET /comments/:id/edit */
export async function showCommentForm(c: ViewContext): Promise<Response> {
  const user = signedIn(c);
  if (user === undefined) return toSignIn(c);
  const comment = await commentOf(c);
  refuseOthers(user, comment.authorId);
  return show(c, commentForm(comment.body), comment.noticeId, 200);
}

/** POST /comments/:id/edit. Whatever goes wrong, the page shows again what was entered. */
export async function saveComment(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseComment(fields);
  try {
    const refusal = refusalOf(c, fields);
    if (refusal !== undefined) return await show(c, form, undefined, 403, refusal);
    const comment = await commentOf(c);
    refuseOthers(c.var.visitor.user, comment.authorId);
    if (!isValid(form)) return await show(c, form, comment.noticeId, 422);
    await c.var.ask((database) => editComment(database, comment, form.values.comment));
    return redirectWith(c, "comment-saved", below(c, comment));
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    return show(c, form, undefined, 503, OUT);
  }
}

/** GET /comments/:id/delete */
export async function confirmDeleteComment(c: ViewContext): Promise<Response> {
  const user = signedIn(c);
  if (user === undefined) return toSignIn(c);
  const { id, body, authorId, noticeId } = await commentOf(c);
  refuseOthers(user, authorId);
  const { page } = c.var;
  return c.html(
    confirmPage(page, {
      title: "Delete this comment?",
      text: body,
      action: page.url("deleteComment", id),
      back: page.url("notice", noticeId),
    }),
  );
}

/** POST /comments/:id/delete */
export async function removeComment(c: ViewContext): Promise<Response> {
  const { user } = await readButton(c);
  const comment = await commentOf(c);
  refuseOthers(user, comment.authorId);
  await c.var.ask((database) => deleteComment(database, comment));
  return redirectWith(c, "comment-deleted", below(c, comment));
}

/** POST /comments/:id/hide, with hidden=yes or hidden=no: for moderators. */
export async function setCommentHidden(c: ViewContext): Promise<Response> {
  const { user, fields } = await readButton(c);
  refuseNonModerators(user);
  const comment = await commentOf(c);
  const hidden = fields.get("hidden") === "yes";
  await c.var.ask((database) => hideComment(database, comment, hidden));
  return redirectWith(c, hidden ? "comment-hidden" : "comment-shown", below(c, comment));
}

/** @throws HTTPException 404 also for one that this visitor may not see; DatabaseUnavailable */
async function commentOf(c: ViewContext): Promise<Comment> {
  const comment = await c.var.ask((database) => commentById(database, idOf(c), c.var.visitor.user));
  if (comment === undefined) throw new HTTPException(404);
  return comment;
}

const below = (c: ViewContext, { noticeId }: Comment): string =>
  `${c.var.page.url("notice", noticeId)}#comments`;

function show(
  c: ViewContext,
  form: CommentForm,
  noticeId: number | undefined,
  status: 200 | 403 | 422 | 503,
  alert = "",
): Response | Promise<Response> {
  const { url } = c.var.page;
  return c.html(
    commentFormPage(c.var.page, {
      form,
      title: "Edit your comment",
      verb: "Save changes",
      action: url("editComment", idOf(c)),
      back: noticeId === undefined ? url("notices") : url("notice", noticeId),
      alert,
    }),
    status,
  );
}
