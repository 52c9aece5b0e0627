import { html } from "hono/html";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The line below every page: who took part in it. The page /chain tells the whole story. */
export function servedBy(page: Page): Markup {
  const span = page.databaseTime();
  return html`
      <div class="served-by">
        <p>
          <a href="${page.url("chain")}">How this page reached you</a>:
          web server (${page.scheme}) → gateway (replica <code>${page.replica}</code>)
          → application (worker ${page.worker.id}, process ${page.worker.pid})
          → ${span === undefined ? "Postgres was not asked" : `Postgres (${span.toFixed(1)} ms)`}
        </p>
        ${
          page.shared
            ? html`<p>Guests share this copy: the web server keeps it for a second.</p>`
            : html`<p>Request <code>${page.requestId}</code></p>`
        }
      </div>`;
}
