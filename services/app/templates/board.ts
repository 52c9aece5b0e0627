import { html } from "hono/html";
import { LONGEST_SEARCH } from "../forms/search.ts";
import { type BoardPage, type BoardQuery, type Notice, seesPicture } from "../models/notice.ts";
import type { Viewer } from "../models/user.ts";
import { byline } from "./byline.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

/** Characters of a notice's text on its card. */
const EXCERPT = 220;

export function boardPage(page: Page, query: BoardQuery, board: BoardPage): Markup {
  const { search } = query;
  const content = html`
      <div class="intro">
        <div>
          <h1>Notice board</h1>
          <p class="lead">Lost cats, found keys, a piano to give away: post it here.</p>
        </div>
        <a class="button" href="${page.url("newNotice")}">Post a notice</a>
      </div>
      <search>
        <form class="search" action="${page.url("notices")}" role="search">
          <label for="q">Search notices</label>
          <div>
            <input id="q" name="q" type="search" value="${search}" maxlength="${LONGEST_SEARCH}" autocomplete="off">
            <button class="plain">Search</button>
          </div>
        </form>
      </search>
      <section aria-labelledby="list">
        <div class="list-head">
          <h2 id="list">${search === "" ? heading(query) : html`Notices with “${search}”`}</h2>
          <p class="live" role="status" data-live-status></p>
        </div>
        ${list(page, query, board)}
        ${pages(page, query, board)}
      </section>`;
  const title = search === "" ? "Notice board" : `Search: ${search}`;
  return layout(page, { title, content, scripts: ["board.js"] });
}

const heading = ({ before, after }: BoardQuery): string =>
  before === undefined && after === undefined ? "Newest notices" : "Older notices";

function list(page: Page, query: BoardQuery, { notices }: BoardPage): Markup {
  // A new notice belongs only on the first page of all notices.
  const first = query.search === "" && query.before === undefined && query.after === undefined;
  const nothing =
    query.search === ""
      ? html`No notices yet. Post the first one.`
      : html`No notices match your search. <a href="${page.url("notices")}">Show all notices</a>`;
  return html`
        <ol class="cards" data-events="${page.url("events")}"${first && html` data-newest`}>${notices.map(
          (notice) => card(page.url, notice, page.user),
        )}</ol>
        ${notices.length === 0 && html`<p class="empty">${nothing}</p>`}`;
}

function pages(page: Page, { search }: BoardQuery, { notices, newer, older }: BoardPage): Markup {
  const link = (words: string, key: string, id: number | undefined, rel: string) => {
    const fields = new URLSearchParams();
    if (search !== "") fields.set("q", search);
    fields.set(key, String(id));
    return html`<li><a class="button plain" href="${page.url("notices")}?${fields}" rel="${rel}">${words}</a></li>`;
  };
  if (!newer && !older) return html``;
  return html`
        <nav class="pages" aria-label="Pages">
          <ul>
            ${newer && link("← Newer notices", "after", notices[0]?.id, "prev")}
            ${older && link("Older notices →", "before", notices.at(-1)?.id, "next")}
          </ul>
        </nav>`;
}

/** A notice on the board. Live updates send the same card, as a guest sees it. */
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
