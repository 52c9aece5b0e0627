import { html } from "hono/html";
import { seal } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

/** An error. Its request id is the one in the log lines. */
export function errorPage(
  page: Page,
  { status, title, text }: { status: number; title: string; text: string },
): Markup {
  const content = html`
      <section class="narrow error-page">
        <p class="status" aria-hidden="true">${status}</p>
        <h1>${title}</h1>
        <p>${text}</p>
        <p class="quiet">Error ${status}, request <code>${page.requestId}</code></p>
        <p><a class="button" href="${page.url("notices")}">To the notice board</a></p>
      </section>`;
  return layout(page, { title, content });
}

export function confirmPage(
  page: Page,
  { title, text, action, back }: Record<"title" | "text" | "action" | "back", string>,
): Markup {
  const content = html`
      <div class="narrow">
        <h1>${title}</h1>
        <blockquote dir="auto">${text}</blockquote>
        <p>This cannot be undone.</p>
        <form method="post" action="${action}">
          ${seal(page)}
          <p class="buttons"><button class="danger">Delete</button> <a href="${back}">Cancel</a></p>
        </form>
      </div>`;
  return layout(page, { title, content });
}

export function aboutPage(page: Page): Markup {
  const content = html`
      <div class="narrow prose">
        <h1>About this board</h1>
        <p class="lead">
          This is the sample application of Gatehouse: a small site to read, and then to replace with
          yours.
        </p>
        <p>
          It uses every part of the chain: the application renders the pages, the web server sends the
          files, the list and the readers of a notice are live across all workers and replicas, and the
          web server sends private pictures after the application has allowed it.
          <a href="${page.url("chain")}">See the chain at work</a>.
        </p>
        <h2>Keyboard, and no JavaScript</h2>
        <p>
          Everything works without JavaScript, except what is live: the list that updates itself, the
          readers of a notice, and the moving bars of the chain.
        </p>
        <h2>JSON API</h2>
        <p>
          <a href="${page.url("apiNotices")}"><code>GET ${page.url("apiNotices")}</code></a> lists the
          notices, with <code>?q=</code> to search and <code>?before=</code> for older ones. To post one,
          sign in, get the session’s token from <code>GET ${page.url("apiSession")}</code>, and send it
          as <code>X-CSRF-Token</code> with a JSON object of <code>title</code> and <code>body</code>.
        </p>
      </div>`;
  return layout(page, { title: "About", content });
}
