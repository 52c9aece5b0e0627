import type { ViewContext } from "../context.ts";
import { chainPage } from "../templates/chain.ts";

/** GET /chain: who has taken part in this very request. Works while the database is down. */
export function showChain(c: ViewContext): Response | Promise<Response> {
  return c.html(
    chainPage(c.var.page, { sinceWeb: sinceWeb(c), host: c.req.header("x-forwarded-host") ?? "" }),
  );
}

/** GET /chain/hop: the same in short, for the page's own next requests. */
export function showHop(c: ViewContext): Response {
  const { replica, worker, requestId } = c.var.page;
  c.header("Cache-Control", "no-store");
  return c.json({ replica, worker: worker.id, process: worker.pid, request: requestId });
}

/** Milliseconds since the web server sent the request on; undefined: it has not told. */
function sinceWeb(c: ViewContext): number | undefined {
  const [, sent] = /^t=(\d+(?:\.\d+)?)$/.exec(c.req.header("x-request-start") ?? "") ?? [];
  return sent === undefined ? undefined : Math.max(0, Date.now() - Number(sent));
}
