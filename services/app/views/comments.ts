import { HTTPException } from "hono/http-exception";
import { DatabaseUnavailable } from "../database/failure.ts";
import { readForm } from "../forms/body.ts";
import { type CommentForm, commentForm, parseComment } from "../forms/comment.ts";
import { isValid } from "../forms/fields.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import * as model from "../models/comment.ts";
import type { Notice } from "../models/notice.ts";
import { commentFormPage } from "../templates/comments.ts";
import { noticePage } from "../templates/notice.ts";
import type { ViewContext } from "../view-context.ts";
import {
  confirmDeletion,
  readButton,
  redirectToSignIn,
  refusalOf,
  requireAuthor,
  requireModerator,
} from "./access.ts";
import { RETRY_AFTER } from "./errors.ts";
import { idOf, noticeOf } from "./notices.ts";

export async function createComment(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseComment(fields);
  const path = c.var.page.url("notice", idOf(c));
  const showAlone = (alert: string) =>
    c.html(
      commentFormPage(c.var.page, {
        form,
        title: "Your comment",
        verb: "Post comment",
        action: c.var.page.url("addComment", idOf(c)),
        back: path,
        alert,
      }),
      503,
    );
  return keepingForm(c, showAlone, async () => {
    const refusal = refusalOf(c, fields);
    const notice = await noticeOf(c);
    const user = signedIn(c);
    if (user === undefined || refusal !== undefined)
      return showBelow(c, notice, form, 403, refusal);
    if (!isValid(form)) return showBelow(c, notice, form, 422);
    const comment = { noticeId: notice.id, authorId: user.id, body: form.values.comment };
    const added = await c.var.query((database) => model.addComment(database, comment, form.token));
    const flash = added ? "comment-posted" : "comment-posted-before";
    return redirectWith(c, flash, `${path}#comments`);
  });
}

export async function showCommentForm(c: ViewContext): Promise<Response> {
  const user = signedIn(c);
  if (user === undefined) return redirectToSignIn(c);
  const comment = await commentOf(c);
  requireAuthor(user, comment.authorId);
  return showEdit(c, commentForm(comment.body), comment.noticeId, 200);
}

export async function saveComment(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseComment(fields);
  const showAgain = (alert: string) => showEdit(c, form, undefined, 503, alert);
  return keepingForm(c, showAgain, async () => {
    const refusal = refusalOf(c, fields);
    if (refusal !== undefined) return showEdit(c, form, undefined, 403, refusal);
    const comment = await commentOf(c);
    requireAuthor(c.var.visitor.user, comment.authorId);
    if (!isValid(form)) return showEdit(c, form, comment.noticeId, 422);
    await c.var.query((database) => model.editComment(database, comment, form.values.comment));
    return redirectWith(c, "comment-saved", placeOf(c, comment));
  });
}

export async function confirmDeleteComment(c: ViewContext): Promise<Response> {
  if (signedIn(c) === undefined) return redirectToSignIn(c);
  const { id, body: text, authorId, noticeId } = await commentOf(c);
  const { url } = c.var.page;
  const subject = { what: "comment", authorId, text };
  return confirmDeletion(c, subject, url("deleteComment", id), url("notice", noticeId));
}

export async function removeComment(c: ViewContext): Promise<Response> {
  const { user } = await readButton(c);
  const comment = await commentOf(c);
  requireAuthor(user, comment.authorId);
  await c.var.query((database) => model.deleteComment(database, comment));
  return redirectWith(c, "comment-deleted", placeOf(c, comment));
}

/** POST /comments/:id/hide, with hidden=yes or hidden=no: for moderators. */
export async function setCommentHidden(c: ViewContext): Promise<Response> {
  const { user, fields } = await readButton(c);
  requireModerator(user);
  const comment = await commentOf(c);
  const hidden = fields.get("hidden") === "yes";
  await c.var.query((database) => model.hideComment(database, comment, hidden));
  return redirectWith(c, hidden ? "comment-hidden" : "comment-shown", placeOf(c, comment));
}

/** The comment of the address. @throws HTTPException 404 (also if hidden); DatabaseUnavailable */
async function commentOf(c: ViewContext): Promise<model.Comment> {
  const { user } = c.var.visitor;
  const comment = await c.var.query((database) => model.commentById(database, idOf(c), user));
  if (comment === undefined) throw new HTTPException(404);
  return comment;
}

const placeOf = (c: ViewContext, { noticeId }: model.Comment): string =>
  `${c.var.page.url("notice", noticeId)}#comments`;

/** Runs `act`; while the database is down, the form is shown again with its text. */
async function keepingForm(
  c: ViewContext,
  show: (alert: string) => Response | Promise<Response>,
  act: () => Promise<Response>,
): Promise<Response> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    return show(
      `The notice board is temporarily unavailable, so your comment may not be saved. Please send it again in ${RETRY_AFTER} seconds.`,
    );
  }
}

async function showBelow(
  c: ViewContext,
  notice: Notice,
  form: CommentForm,
  status: 403 | 422,
  alert = "",
): Promise<Response> {
  const { page, visitor, query } = c.var;
  const comments = await query((database) => model.commentsOf(database, notice.id, visitor.user));
  return c.html(noticePage(page, { notice, comments, form, alert }), status);
}

function showEdit(
  c: ViewContext,
  form: CommentForm,
  noticeId: number | undefined,
  status: 200 | 403 | 422 | 503,
  alert = "",
): Response | Promise<Response> {
  const { url } = c.var.page;
  const content = commentFormPage(c.var.page, {
    form,
    title: "Edit your comment",
    verb: "Save changes",
    action: url("editComment", idOf(c)),
    back: noticeId === undefined ? url("notices") : url("notice", noticeId),
    alert,
  });
  return c.html(content, status);
}
