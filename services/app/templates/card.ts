import { html } from "hono/html";
import { type Notice, seesPicture, type Viewer } from "../models/notice.ts";
import { byline } from "./byline.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** As much of a notice's text as its card shows, in characters. */
const EXCERPT = 220;

/** A notice on the board; live updates send the same card, as a guest sees it. */
export function card(url: Page["url"], notice: Notice, viewer: Viewer): Markup {
  const { id, title, picture, comments, hiddenAt } = notice;
  const shown = picture !== null && seesPicture(notice, viewer);
  return html`<li class="card${hiddenAt && " hidden"}" data-notice="${id}">
        ${
          shown &&
          html`<img class="thumb" src="${url("picture", picture)}" alt="" loading="lazy" decoding="async">`
        }
        <div class="card-text">
          <h3><a href="${url("notice", id)}" dir="auto">${title}</a></h3>
          ${hiddenAt && html`<p class="badge">hidden by a moderator</p>`}
          <p class="excerpt" dir="auto">${excerpt(notice.body)}</p>
          <p class="by">
            ${byline(notice)}
            ${comments > 0 && html`<span>${comments === 1 ? "1 comment" : `${comments} comments`}</span>`}
          </p>
        </div>
      </li>`;
}

function excerpt(body: string): string {
  const letters = [...body.replaceAll(/\s+/g, " ")];
  return letters.length > EXCERPT
    ? `${letters.slice(0, EXCERPT).join("").trimEnd()}…`
    : letters.join("");
}
