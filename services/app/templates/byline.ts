import { html } from "hono/html";
import { ago } from "./ago.ts";
import type { Markup } from "./markup.ts";

/** Who wrote something, and when. */
export function byline({
  author,
  postedAt,
  editedAt,
}: {
  readonly author: string;
  readonly postedAt: Date;
  readonly editedAt: Date | null;
}): Markup {
  return html`<bdi class="author">${author}</bdi>
            <time datetime="${postedAt.toISOString()}">${ago(postedAt, new Date())}</time>${
              editedAt && html` <span>edited</span>`
            }`;
}
