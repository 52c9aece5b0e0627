import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The page of an error; the request's id below it is the one in the log lines. */
export function errorPage(
  page: Page,
  { status, title, text }: { status: number; title: string; text: string },
): Markup {
  return layout(
    page,
    title,
    html`
      <section class="error-page">
        <p class="status">${status}</p>
        <h1>${title}</h1>
        <p>${text}</p>
        <p>Request <code>${page.requestId}</code></p>
        <p><a href="${page.url("notices")}">To the notice board</a></p>
      </section>`,
  );
}
