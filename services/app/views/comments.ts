import { HTTPException } from "hono/http-exception";
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
  keepingForm,
  readButton,
  readHidden,
  redirectToSignIn,
  refusalOf,
  requireAuthor,
} from "./access.ts";
import { idOf, noticeOf } from "./notices.ts";

export async function createComment(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseComment(fields);
  const showAlone = (alert: string) =>
    c.html(commentFormPage(c.var.page, { ...form, alert }, undefined, idOf(c)), 503);
  return keepingForm(c, "comment", showAlone, async () => {
    const refusal = refusalOf(c, fields);
    const notice = await noticeOf(c);
    const user = signedIn(c);
    if (user === undefined || refusal !== undefined)
      return showBelow(c, notice, { ...form, alert: refusal }, 403);
    if (!isValid(form)) return showBelow(c, notice, form, 422);
    const comment = { noticeId: notice.id, authorId: user.id, body: form.values.comment };
    const added = await c.var.query((database) => model.addComment(database, comment, form.token));
    const flash = added ? "comment-posted" : "comment-posted-before";
    return redirectWith(c, flash, placeOf(c, comment));
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
  const showAgain = (alert: string) => showEdit(c, { ...form, alert }, undefined, 503);
  return keepingForm(c, "comment", showAgain, async () => {
    const alert = refusalOf(c, fields);
    if (alert !== undefined) return showEdit(c, { ...form, alert }, undefined, 403);
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

export async function setCommentHidden(c: ViewContext): Promise<Response> {
  const hidden = await readHidden(c);
  const comment = await commentOf(c);
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

const placeOf = (c: ViewContext, { noticeId }: Pick<model.Comment, "noticeId">): string =>
  `${c.var.page.url("notice", noticeId)}#comments`;

async function showBelow(
  c: ViewContext,
  notice: Notice,
  form: CommentForm,
  status: 403 | 422,
): Promise<Response> {
  const { page, visitor, query } = c.var;
  const comments = await query((database) => model.commentsOf(database, notice.id, visitor.user));
  return c.html(noticePage(page, notice, comments, form), status);
}

function showEdit(
  c: ViewContext,
  form: CommentForm,
  noticeId: number | undefined,
  status: 200 | 403 | 422 | 503,
): Response | Promise<Response> {
  return c.html(commentFormPage(c.var.page, form, idOf(c), noticeId), status);
}
