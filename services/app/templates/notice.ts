import { html } from "hono/html";
import type { CommentForm } from "../forms/comment.ts";
import type { Comment } from "../models/comment.ts";
import { type Notice, seesPicture } from "../models/notice.ts";
import { byline } from "./byline.ts";
import { commentSection } from "./comments.ts";
import { seal } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

export function noticePage(
  page: Page,
  notice: Notice,
  comments: readonly Comment[],
  form: CommentForm,
): Markup {
  const content = html`
      <article class="notice" data-notice="${notice.id}"
        data-readers="${page.url("readers", notice.id)}" data-events="${page.url("events")}">
        <p><a href="${page.url("notices")}">← All notices</a></p>
        <h1 dir="auto">${notice.title}</h1>
        <p class="by">${byline(notice)}</p>
        ${notice.hiddenAt && html`<p class="banner">A moderator has hidden this notice. Only its author and moderators can see it.</p>`}
        <p class="readers" role="status" data-readers-status></p>
        <p class="banner" role="status" data-changed hidden></p>
        ${picture(page, notice)}
        <div class="body" dir="auto">${notice.body}</div>
        ${actions(page, notice)}
      </article>
      ${commentSection(page, notice.id, comments, form)}`;
  return layout(page, { title: notice.title, content, scripts: ["notice.js"] });
}

function picture(page: Page, notice: Notice): Markup {
  if (notice.picture === null) return html``;
  if (!seesPicture(notice, page.user)) {
    return html`<p class="quiet">The picture of this notice is private.</p>`;
  }
  return html`
        <figure>
          <img src="${page.url("picture", notice.picture)}" alt="Picture of: ${notice.title}">
          ${notice.picturePrivate && html`<figcaption>Private: only the author and moderators can see this picture.</figcaption>`}
        </figure>`;
}

function actions(page: Page, { id, authorId, hiddenAt }: Notice): Markup {
  const { user } = page;
  const own = user?.id === authorId;
  if (!own && !user?.moderator) return html``;
  return html`
        <div class="actions">
          ${
            own &&
            html`<a class="button plain small" href="${page.url("editNotice", id)}">Edit</a>
            <a class="button plain small danger" href="${page.url("deleteNotice", id)}">Delete</a>`
          }
          ${
            user?.moderator &&
            html`<form method="post" action="${page.url("hideNotice", id)}">
              ${seal(page)}
              <button class="plain small" name="hidden" value="${hiddenAt ? "no" : "yes"}">${hiddenAt ? "Show again" : "Hide"}</button>
            </form>`
          }
        </div>`;
}
