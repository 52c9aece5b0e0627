import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** What this site is, for somebody who has just started it. */
export function aboutPage(page: Page): Markup {
  const content = html`
      <div class="narrow prose">
        <h1>About this board</h1>
        <p class="lead">
          This is the sample application of Gatehouse: a small site that is there to be read, and then
          replaced by yours.
        </p>
        <p>
          It uses every part of the chain for a reason: pages are rendered on the server, files come from
          the web server, the list and the readers of a notice are live across all workers and replicas,
          and private pictures are handed out by the web server once the application has allowed it.
          <a href="${page.url("chain")}">See the chain at work</a>.
        </p>
        <h2>With the keyboard, without scripts</h2>
        <p>
          Everything works without JavaScript, except what is live: the list that grows by itself, who is
          reading a notice, and the moving bars of the chain.
        </p>
        <h2>The same by JSON</h2>
        <p>
          <a href="${page.url("apiNotices")}"><code>GET ${page.url("apiNotices")}</code></a> lists the
          notices, with <code>?q=</code> to search and <code>?before=</code> for older ones. To post one,
          sign in, ask <code>GET ${page.url("apiSession")}</code> for the session’s token, and send it as
          <code>X-CSRF-Token</code> with a JSON object of <code>title</code> and <code>body</code>.
        </p>
      </div>`;
  return layout(page, { title: "About", content });
}
