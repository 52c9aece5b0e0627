import { chainPage } from "../templates/chain.ts";
import { aboutPage } from "../templates/simple-pages.ts";
import type { ViewContext } from "../view-context.ts";

export function showAbout(c: ViewContext): Response | Promise<Response> {
  return c.html(aboutPage(c.var.page));
}

/** GET /chain: the servers that took part in this request. Works while the database is down. */
export function showChain(c: ViewContext): Response | Promise<Response> {
  const host = c.req.header("x-forwarded-host") ?? "";
  return c.html(chainPage(c.var.page, { sinceWeb: sinceWeb(c), host }));
}

/** GET /chain/hop: the same as JSON, for the next requests of that page. */
export function showHop(c: ViewContext): Response {
  const { replica, worker, requestId } = c.var.page;
  c.header("Cache-Control", "no-store");
  return c.json({ replica, worker: worker.id, process: worker.pid, request: requestId });
}

/** Milliseconds since the web server forwarded the request, from X-Request-Start. */
function sinceWeb(c: ViewContext): number | undefined {
  const [, sent] = /^t=(\d+(?:\.\d+)?)$/.exec(c.req.header("x-request-start") ?? "") ?? [];
  return sent === undefined ? undefined : Math.max(0, Date.now() - Number(sent));
}
