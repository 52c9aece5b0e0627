import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** What this request alone can tell. */
export interface ChainFacts {
  /** Milliseconds since the web server sent it on; undefined: it has not told. */
  readonly sinceWeb: number | undefined;
  /** The address that the browser asked. */
  readonly host: string;
}

interface Tier {
  readonly key: string;
  readonly role: string;
  readonly others: string;
  readonly duty: string;
  readonly without: string;
  readonly fact: Markup;
}

/** The picture of the chain: who took part, how long each took, and the same for the next requests. */
export function chainPage(page: Page, facts: ChainFacts): Markup {
  const content = html`
      <div class="prose wide">
        <h1>A web framework is not a web server</h1>
        <p class="lead">
          Django, Express and Hono never meet your browser. Your request has just passed three servers,
          each with one job, and each could be replaced without the others noticing. This is what
          happened to it.
        </p>
      </div>
      <section aria-labelledby="path">
        <h2 id="path">The path of this request</h2>
        <ol class="path">${tiersOf(page, facts).map(tier)}</ol>
        <p class="quiet">
          Request <code>${page.requestId}</code>: the log lines of all three servers carry this id.
        </p>
      </section>
      <section aria-labelledby="time" data-hop="${page.url("hop")}">
        <h2 id="time">Where the time went</h2>
        <div class="time" data-time>${known(page, facts)}</div>
        <p class="quiet" data-time-note>
          The whole picture is known only to your browser, once the page is there. With JavaScript this
          becomes a bar of all tiers.
        </p>
        <div class="next" data-next hidden>
          <div class="list-head">
            <h2>And the next requests</h2>
            <button class="plain small" type="button" data-pause>Pause</button>
          </div>
          <p>
            This page goes on asking. Watch which worker of which replica answers: no request knows the
            others, so the site can have as many of them as it needs.
          </p>
          <ul class="tally" data-tally aria-label="Answers by worker"></ul>
          <ol class="hops" data-hops></ol>
          <p class="only-read" role="status" data-next-status></p>
        </div>
      </section>`;
  return layout(page, {
    title: "The chain",
    content,
    styles: ["chain.css"],
    scripts: ["chain.js"],
  });
}

function tiersOf(page: Page, { host, sinceWeb }: ChainFacts): Tier[] {
  const span = page.databaseTime();
  return [
    {
      key: "web",
      role: "Web server",
      others: "elsewhere: nginx, Apache",
      duty: "Holds your connection, speaks TLS, sends files, refuses what is malformed, picks a replica.",
      without:
        "a slow phone would hold a worker for minutes, and a stranger's rubbish reach the site.",
      fact:
        sinceWeb === undefined
          ? html`<b>was not there</b>: the gateway was asked directly`
          : html`took it over <b>${page.scheme.toUpperCase()}</b>${host && html` at <b>${host}</b>`}`,
    },
    {
      key: "gateway",
      role: "Gateway",
      others: "elsewhere: gunicorn, uWSGI",
      duty: "Keeps a pool of processes alive, and replaces one that hangs or dies.",
      without: "one crash would end the site, and one processor would be all it uses.",
      fact: html`replica <b>${page.replica}</b> gave it to worker <b>${page.worker.id}</b>`,
    },
    {
      key: "app",
      role: "Application",
      others: "elsewhere: Django, Rails, Express",
      duty: "Knows the site: addresses, forms, permissions. It made this page.",
      without: "there would be nothing to say: the other two know nothing of notices.",
      fact: html`ran in process <b>${page.worker.pid}</b>`,
    },
    {
      key: "db",
      role: "Database",
      others: "Postgres",
      duty: "Keeps what must not be lost, for all workers together.",
      without: "every worker would remember something else, until it is replaced.",
      fact:
        span === undefined
          ? html`<b>was not asked</b>: this page needs no data`
          : html`took <b>${span.toFixed(1)} ms</b> to tell who you are`,
    },
  ];
}

function tier({ key, role, others, duty, without, fact }: Tier): Markup {
  return html`
          <li class="tier ${key}">
            <h3>${role}</h3>
            <p class="others">${others}</p>
            <p>${duty}</p>
            <p class="without"><b>Without it</b> ${without}</p>
            <p class="fact">${fact}</p>
          </li>`;
}

/** What a server knows while it still writes the answer. */
function known(page: Page, { sinceWeb }: ChainFacts): Markup {
  const database = page.databaseTime();
  return html`
          <dl>
            <div><dt>from the web server to this line</dt><dd>${
              sinceWeb === undefined
                ? "not told: no web server in front"
                : `${sinceWeb.toFixed(1)} ms`
            }</dd></div>
            <div><dt>of it, in the database</dt><dd>${
              database === undefined ? "0 ms: not asked" : `${database.toFixed(1)} ms`
            }</dd></div>
          </dl>`;
}
