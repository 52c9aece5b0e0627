import { html } from "hono/html";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The picture of who took part in this answer, from the visitor's side to the database. */
export function chain(page: Page): Markup {
  const span = page.databaseTime();
  return html`
      <section class="chain" aria-labelledby="chain">
        <h2 id="chain">How this page reached you</h2>
        <ol>
          ${link("Web server", "TLS, static files, proxying", `took your request by ${page.scheme}`)}
          ${link("Gateway", "a pool of workers", `replica ${page.replica}`)}
          ${link("Application", "the site itself", `worker ${page.worker.id}, process ${page.worker.pid}`)}
          ${link("Postgres", "the data", span === undefined ? "was not asked" : `${span.toFixed(1)} ms for this page`)}
        </ol>
        <p class="request">Request <code>${page.requestId}</code></p>
      </section>`;
}

function link(role: string, duty: string, fact: string): Markup {
  return html`<li><b>${role}</b> <span>${duty}</span> <span class="fact">${fact}</span></li>`;
}
