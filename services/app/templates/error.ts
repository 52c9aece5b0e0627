import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The page of an error; the request's id below it is the one in the log lines. */
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
