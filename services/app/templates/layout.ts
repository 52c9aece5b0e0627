import { html } from "hono/html";
import { chain } from "./chain.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The frame of every page. */
export function layout(page: Page, title: string, content: Markup): Markup {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · Gatehouse</title>
    <link rel="icon" type="image/svg+xml" href="${page.asset("icon.svg")}">
    <link rel="stylesheet" href="${page.asset("style.css")}">
    <link rel="stylesheet" href="${page.asset("board.css")}">
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header class="top">
      <a class="brand" href="${page.url("notices")}">
        <img src="${page.asset("icon.svg")}" alt="" width="32" height="32">
        <span>Gatehouse</span>
      </a>
    </header>
    <main id="content">${content}</main>
    <footer>${chain(page)}</footer>
  </body>
</html>
`;
}
