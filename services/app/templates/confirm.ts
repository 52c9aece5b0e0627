import { html } from "hono/html";
import { seal } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** Asks once more before something is gone for good. */
export function confirmPage(
  page: Page,
  question: {
    readonly title: string;
    readonly text: string;
    readonly action: string;
    readonly back: string;
  },
): Markup {
  const { title, text, action, back } = question;
  const content = html`
      <div class="narrow">
        <h1>${title}</h1>
        <blockquote dir="auto">${text}</blockquote>
        <p>It will be gone for good.</p>
        <form method="post" action="${action}">
          ${seal(page)}
          <p class="buttons"><button class="danger">Delete</button> <a href="${back}">Keep it</a></p>
        </form>
      </div>`;
  return layout(page, { title, content });
}
