import { html } from "hono/html";
import type { Comment } from "../models/comment.ts";
import { LIMITS } from "../models/schema.ts";
import { byline } from "./byline.ts";
import { errorSummary, seal, textarea } from "./field.ts";
import type { Markup } from "./markup.ts";
import type { NoticeView } from "./notice.ts";
import type { Page } from "./page.ts";

/** The comments below a notice, and the form for one's own. */
export function commentSection(page: Page, { notice, comments, form, alert }: NoticeView): Markup {
  return html`
      <section class="comments" aria-labelledby="comments">
        <h2 id="comments">Comments</h2>
        ${list(page, comments)}
        ${
          page.user === undefined && !page.accountsOut
            ? html`<p><a href="${page.url("signIn")}?next=${encodeURIComponent(page.url("notice", notice.id))}">Sign in</a> to write a comment.</p>`
            : html`
        <form method="post" action="${page.url("addComment", notice.id)}" accept-charset="utf-8">
          ${errorSummary(form, alert)}
          ${seal(page)}
          <input type="hidden" name="token" value="${form.token}">
          ${commentField(form)}
          <button>Post comment</button>
        </form>`
        }
      </section>`;
}

/** The one field of a comment. */
export function commentField(form: NoticeView["form"]): Markup {
  return textarea(form, {
    name: "comment",
    label: "Your comment",
    hint: `Up to ${LIMITS.comment} characters`,
    rows: 4,
  });
}

function list(page: Page, comments: readonly Comment[] | undefined): Markup {
  if (comments === undefined) return html`<p class="empty">They cannot be shown right now.</p>`;
  if (comments.length === 0) return html`<p class="empty">No comments yet.</p>`;
  return html`<ol>${comments.map((comment) => item(page, comment))}</ol>`;
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
