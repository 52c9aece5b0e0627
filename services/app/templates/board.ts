import { html } from "hono/html";
import type { BoardPage, BoardQuery } from "../models/board.ts";
import { card } from "./card.ts";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The notice board: search, the notices, and the ways to older and newer ones. */
export function boardPage(page: Page, query: BoardQuery, board: BoardPage): Markup {
  const { search } = query;
  const content = html`
      <div class="intro">
        <div>
          <h1>Notice board</h1>
          <p class="lead">Lost cats, found keys, a piano to give away: pin it here.</p>
        </div>
        <a class="button" href="${page.url("newNotice")}">Post a notice</a>
      </div>
      <search>
        <form class="search" action="${page.url("notices")}" role="search">
          <label for="q">Search notices</label>
          <div>
            <input id="q" name="q" type="search" value="${search}" maxlength="200" autocomplete="off">
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
  // Only the first page of all notices has a place where a new one belongs.
  const first = query.search === "" && query.before === undefined && query.after === undefined;
  return html`
        <ol class="cards" data-events="${page.url("events")}"${first && html` data-newest`}>${notices.map(
          (notice) => card(page.url, notice, page.user),
        )}</ol>
        ${notices.length === 0 && html`<p class="empty">${nothing(page, query)}</p>`}`;
}

function nothing(page: Page, { search }: BoardQuery): Markup {
  if (search === "") return html`Nothing here yet. Be the first.`;
  return html`No notice has these words. <a href="${page.url("notices")}">Show all notices</a>`;
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
