import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { SiteEnv } from "../context.ts";

const HARMLESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What the visitor's browser speaks with the web server; here the scheme is always http. */
export const isHttps = (headers: Headers): boolean => headers.get("x-forwarded-proto") === "https";

/**
 * Refuses whatever another site made the browser send (403). A request with neither Origin nor
 * Sec-Fetch-Site comes from no browser (curl), so nobody's browser was tricked into sending it.
 */
export const sameOrigin: MiddlewareHandler<SiteEnv> = async (c, next) => {
  if (!HARMLESS.has(c.req.method) && !isOfOurOrigin(c.req.raw)) {
    throw new HTTPException(403, { message: "This request came from another site." });
  }
  await next();
};

/** Whether a request was sent by one of our own pages, or by no browser at all. */
export function isOfOurOrigin({ headers, url }: Request): boolean {
  const origin = headers.get("origin");
  if (origin !== null) return origin === publicOrigin(headers, url);
  const site = headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}

/** The origin that the browser sees; here the address is the gateway's and the scheme is http. */
function publicOrigin(headers: Headers, url: string): string {
  const { protocol, host } = new URL(url);
  const scheme = headers.get("x-forwarded-proto") ?? protocol.slice(0, -1);
  const address = `${scheme}://${headers.get("x-forwarded-host") ?? host}`;
  return URL.canParse(address) ? new URL(address).origin : address;
}
