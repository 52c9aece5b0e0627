import type { ViewContext } from "../context.ts";
import { readForm } from "../forms/body.ts";
import { type CommentForm, parseComment } from "../forms/comment.ts";
import { isValid } from "../forms/form.ts";
import { redirectWith } from "../middleware/flash.ts";
import { signedIn } from "../middleware/visitor.ts";
import { addComment, commentsOf } from "../models/comment.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import type { Notice } from "../models/notice.ts";
import { commentFormPage } from "../templates/comment-form.ts";
import { noticePage } from "../templates/notice.ts";
import { refusalOf } from "./access.ts";
import { RETRY_AFTER } from "./errors.ts";
import { idOf, noticeOf } from "./notices.ts";

/** What a form of a comment says while the database is out of reach. */
export const OUT = `The database does not answer, so your comment may not have been saved. It is still here: send it again in ${RETRY_AFTER} seconds.`;

/** POST /notices/:id/comments. Whatever goes wrong, the page shows again what was entered. */
export async function addCommentTo(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseComment(fields);
  try {
    const refusal = refusalOf(c, fields);
    const notice = await noticeOf(c);
    const user = signedIn(c);
    if (user === undefined || refusal !== undefined)
      return await again(c, notice, form, 403, refusal);
    if (!isValid(form)) return await again(c, notice, form, 422);
    const comment = { noticeId: notice.id, authorId: user.id, body: form.values.comment };
    const added = await c.var.ask((database) => addComment(database, comment, form.token));
    const flash = added ? "comment-posted" : "comment-posted-before";
    return redirectWith(c, flash, `${c.var.page.url("notice", notice.id)}#comments`);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    return alone(c, form);
  }
}

/** The notice with its comments, and the form as it was entered. */
async function again(
  c: ViewContext,
  notice: Notice,
  form: CommentForm,
  status: 403 | 422,
  alert = "",
): Promise<Response> {
  const { page, visitor, ask } = c.var;
  const comments = await ask((database) => commentsOf(database, notice.id, visitor.user));
  return c.html(noticePage(page, { notice, comments, form, alert }), status);
}

/** The form alone: the notice is out of reach. */
function alone(c: ViewContext, form: CommentForm): Response | Promise<Response> {
  const { url } = c.var.page;
  c.header("Retry-After", RETRY_AFTER);
  return c.html(
    commentFormPage(c.var.page, {
      form,
      title: "Your comment",
      verb: "Post comment",
      action: url("addComment", idOf(c)),
      back: url("notice", idOf(c)),
      alert: OUT,
    }),
    503,
  );
}
