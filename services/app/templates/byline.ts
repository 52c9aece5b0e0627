import { html } from "hono/html";
import type { Notice } from "../models/notice.ts";
import type { Markup } from "./page.ts";

type Authored = Pick<Notice, "author" | "postedAt" | "editedAt">;

export function byline({ author, postedAt, editedAt }: Authored): Markup {
  return html`<bdi class="author">${author}</bdi>
            <time datetime="${postedAt.toISOString()}">${ago(postedAt, new Date())}</time>${
              editedAt && html` <span>edited</span>`
            }`;
}

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** The time since a moment: "just now", "5 minutes ago", "yesterday". */
export function ago(moment: Date, now: Date): string {
  const seconds = (now.getTime() - moment.getTime()) / 1000;
  for (const [unit, size] of units) {
    if (seconds >= size) return words.format(-Math.floor(seconds / size), unit);
  }
  return "just now";
}
