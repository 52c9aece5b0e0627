import { html } from "hono/html";
import { seal } from "./field.ts";
import type { Markup, Page } from "./page.ts";

/** A page's own parts: its title, its content, and the files of static/ that only it needs. */
interface PageParts {
  readonly title: string;
  readonly content: Markup;
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
}

const navigation = [
  ["Board", "notices"],
  ["The chain", "chain"],
  ["About", "about"],
] as const;

export function layout(
  page: Page,
  { title, content, styles = [], scripts = [] }: PageParts,
): Markup {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · Gatehouse</title>
    <link rel="icon" type="image/svg+xml" href="${page.asset("icon.svg")}">
    ${["style.css", "form.css", "board.css", ...styles].map(
      (name) => html`<link rel="stylesheet" href="${page.asset(name)}">`,
    )}
    ${scripts.map((name) => html`<script type="module" src="${page.asset(name)}"></script>`)}
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header class="top">
      <a class="brand" href="${page.url("notices")}">
        <img src="${page.asset("icon.svg")}" alt="" width="36" height="36">
        <span>Gatehouse</span>
      </a>
      <nav aria-label="Site">
        <ul>
          ${navigation.map(([words, name]) => {
            const path = page.url(name);
            return html`<li><a href="${path}"${page.path === path && html` aria-current="page"`}>${words}</a></li>`;
          })}
        </ul>
      </nav>
      ${account(page)}
    </header>
    <main id="content" tabindex="-1">
      ${page.flash && html`<p class="flash" role="status">${page.flash}</p>`}
      ${content}
    </main>
    <footer>${servedBy(page)}</footer>
  </body>
</html>
`;
}

function account(page: Page): Markup {
  if (page.accountsOut) {
    return html`<p class="account quiet">Accounts are temporarily unavailable.</p>`;
  }
  if (page.user === undefined) {
    return html`
      <ul class="account" aria-label="Account">
        <li><a href="${page.url("signIn")}">Sign in</a></li>
        <li><a class="button small" href="${page.url("signUp")}">Sign up</a></li>
      </ul>`;
  }
  return html`
      <form class="account" method="post" action="${page.url("signOut")}">
        <span class="who">Signed in as <bdi>${page.user.name}</bdi>${
          page.user.moderator ? html` <span class="badge">moderator</span>` : ""
        }</span>
        ${seal(page)}
        <button class="plain small">Sign out</button>
      </form>`;
}

/** The line below every page: the processes that took part. /chain shows it in detail. */
function servedBy(page: Page): Markup {
  const time = page.databaseTime();
  return html`
      <div class="served-by">
        <p>
          <a href="${page.url("chain")}">How this page reached you</a>:
          web server (${page.scheme}) → gateway (replica <code>${page.replica}</code>)
          → application (worker ${page.worker.id}, process ${page.worker.pid})
          → ${time === undefined ? "no database query" : `Postgres (${time.toFixed(1)} ms)`}
        </p>
        ${
          page.shared
            ? html`<p>Guests share this copy: the web server caches it for a second.</p>`
            : html`<p>Request <code>${page.requestId}</code></p>`
        }
      </div>`;
}
