import { html } from "hono/html";
import type { CommentForm } from "../forms/comment.ts";
import type { Comment } from "../models/comment.ts";
import { LIMITS } from "../models/text-lengths.ts";
import { byline } from "./byline.ts";
import { errorSummary, seal, textarea } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

export function commentSection(
  page: Page,
  noticeId: number,
  comments: readonly Comment[],
  form: CommentForm,
): Markup {
  // A refused form comes back even to a guest: the session may have ended while it was written.
  const refused = form.alert !== undefined;
  const hasForm = page.user !== undefined || page.accountsOut || refused;
  const next = encodeURIComponent(page.url("notice", noticeId));
  return html`
      <section class="comments" aria-labelledby="comments">
        <h2 id="comments">Comments</h2>
        ${
          comments.length === 0
            ? html`<p class="empty">No comments yet.</p>`
            : html`<ol>${comments.map((comment) => item(page, comment))}</ol>`
        }
        ${
          hasForm
            ? html`
        <form method="post" action="${page.url("addComment", noticeId)}" accept-charset="utf-8">
          ${errorSummary(form)}
          ${fields(page, form)}
          <button>Post comment</button>
        </form>`
            : html`<p><a href="${page.url("signIn")}?next=${next}">Sign in</a> to write a comment.</p>`
        }
      </section>`;
}

/**
 * The form alone: to edit a comment, or to send again one that could not be saved.
 * @param id of the comment; undefined: a new one
 * @param noticeId undefined: not known while the database is down
 */
export function commentFormPage(
  page: Page,
  form: CommentForm,
  id: number | undefined,
  noticeId: number | undefined,
): Markup {
  const { url } = page;
  const [title, action, verb] =
    id === undefined
      ? ["Your comment", url("addComment", noticeId), "Post comment"]
      : ["Edit your comment", url("editComment", id), "Save changes"];
  const back = noticeId === undefined ? url("notices") : url("notice", noticeId);
  const content = html`
      <div class="narrow">
        <h1>${title}</h1>
        ${errorSummary(form)}
        <form method="post" action="${action}" accept-charset="utf-8">
          ${fields(page, form)}
          <p class="buttons"><button>${verb}</button> <a href="${back}">Cancel</a></p>
        </form>
      </div>`;
  return layout(page, { title, content });
}

function fields(page: Page, form: CommentForm): Markup {
  return html`${seal(page)}
          <input type="hidden" name="token" value="${form.token}">
          ${textarea(form, {
            name: "comment",
            label: "Your comment",
            hint: `Up to ${LIMITS.comment} characters`,
            rows: 4,
          })}`;
}

function item(page: Page, comment: Comment): Markup {
  const { id, body, authorId, hiddenAt } = comment;
  const own = page.user?.id === authorId;
  return html`
          <li id="comment-${id}" class="comment${hiddenAt && " hidden"}">
            <p class="by">${byline(comment)}${hiddenAt && html` <span class="badge">hidden by a moderator</span>`}</p>
            <div class="body" dir="auto">${body}</div>
            ${
              (own || page.user?.moderator) &&
              html`<div class="actions">
                ${
                  own &&
                  html`<a href="${page.url("editComment", id)}">Edit<span class="only-read"> your comment ${id}</span></a>
                <a href="${page.url("deleteComment", id)}">Delete<span class="only-read"> your comment ${id}</span></a>`
                }
                ${
                  page.user?.moderator &&
                  html`<form method="post" action="${page.url("hideComment", id)}">
                  ${seal(page)}
                  <button class="link" name="hidden" value="${hiddenAt ? "no" : "yes"}">${hiddenAt ? "Show again" : "Hide"}<span class="only-read"> comment ${id}</span></button>
                </form>`
                }
              </div>`
            }
          </li>`;
}
