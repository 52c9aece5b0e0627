import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

/** From the fields of this request. */
export interface ChainFacts {
  /** Milliseconds since the web server forwarded it; undefined: there is no X-Request-Start. */
  readonly sinceWeb: number | undefined;
  /** The host that the browser requested, or "". */
  readonly host: string;
}

/** The chain: the servers of this request, the time of each, and the same for the next requests. */
export function chainPage(page: Page, facts: ChainFacts): Markup {
  const content = html`
      <div class="prose wide">
        <h1>A web framework is not a web server</h1>
        <p class="lead">
          Django, Express and Hono do not talk to your browser. Your request has just passed three
          servers. Each has one job, and each can be replaced without a change of the others. This is
          what happened to your request.
        </p>
      </div>
      <section aria-labelledby="path">
        <h2 id="path">The path of this request</h2>
        <ol class="path">${path(page, facts)}</ol>
        <p class="quiet">
          Request <code>${page.requestId}</code>: the log lines of all three servers have this id.
        </p>
      </section>
      <section aria-labelledby="time" data-hop="${page.url("hop")}">
        <h2 id="time">Where the time went</h2>
        <div class="time" data-time>${known(page, facts)}</div>
        <p class="quiet" data-time-note>
          Only your browser knows all times, once it has the page. With JavaScript this becomes a bar of
          all tiers.
        </p>
        <div class="next" data-next hidden>
          <div class="list-head">
            <h2>The next requests</h2>
            <button class="plain small" type="button" data-pause>Pause</button>
          </div>
          <p>
            This page keeps sending requests. Watch which worker of which replica responds: requests do
            not depend on each other, so the site can have as many workers as it needs.
          </p>
          <ul class="counts" data-counts aria-label="Responses by worker"></ul>
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

function path(page: Page, { host, sinceWeb }: ChainFacts): Markup {
  const time = page.databaseTime();
  return html`
          ${tier(
            "web",
            "Web server",
            "elsewhere: nginx, Apache",
            "Holds your connection, handles TLS, sends files, rejects malformed requests, picks a replica.",
            "a slow phone would occupy a worker for minutes, and malformed requests would reach the site.",
            sinceWeb === undefined
              ? html`<b>not used</b>: the request came to the gateway directly`
              : html`received it over <b>${page.scheme.toUpperCase()}</b>${host && html` at <b>${host}</b>`}`,
          )}
          ${tier(
            "gateway",
            "Gateway",
            "elsewhere: gunicorn, uWSGI",
            "Keeps a pool of processes alive, and replaces one that hangs or dies.",
            "one crash would end the site, and it would use only one processor.",
            html`replica <b>${page.replica}</b> passed it to worker <b>${page.worker.id}</b>`,
          )}
          ${tier(
            "app",
            "Application",
            "elsewhere: Django, Rails, Express",
            "Knows the site: addresses, forms, permissions. It made this page.",
            "there would be no content: the other two do not know what a notice is.",
            html`ran in process <b>${page.worker.pid}</b>`,
          )}
          ${tier(
            "db",
            "Database",
            "Postgres",
            "Stores what must not be lost, for all workers.",
            "every worker would have its own data, and lose it when it is replaced.",
            time === undefined
              ? html`<b>not used</b>: this page needs no data`
              : html`took <b>${time.toFixed(1)} ms</b> to find your session`,
          )}`;
}

function tier(
  key: string,
  role: string,
  others: string,
  duty: string,
  without: string,
  fact: Markup,
): Markup {
  return html`<li class="tier ${key}">
            <h3>${role}</h3>
            <p class="others">${others}</p>
            <p>${duty}</p>
            <p class="without"><b>Without it</b> ${without}</p>
            <p class="fact">${fact}</p>
          </li>`;
}

/** What the server knows while it still writes the response. */
function known(page: Page, { sinceWeb }: ChainFacts): Markup {
  const database = page.databaseTime();
  return html`
          <dl>
            <div><dt>from the web server to this line</dt><dd>${
              sinceWeb === undefined
                ? "unknown: no web server in front"
                : `${sinceWeb.toFixed(1)} ms`
            }</dd></div>
            <div><dt>of it, in the database</dt><dd>${
              database === undefined ? "0 ms: no query" : `${database.toFixed(1)} ms`
            }</dd></div>
          </dl>`;
}
