import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import type { SiteEnv } from "../view-context.ts";

/** Allows only our own files, no inline script or style. A view may set a stricter policy. */
export const securityHeaders = secureHeaders({
  overwrite: false,
  // The web server decides about HSTS.
  strictTransportSecurity: false,
  // Not no-referrer: with it browsers send "Origin: null", which sameOrigin refuses.
  referrerPolicy: "same-origin",
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Refuses a request that another site made the browser send (403). */
export const sameOrigin: MiddlewareHandler<SiteEnv> = async (c, next) => {
  if (!SAFE.has(c.req.method) && !isSameOrigin(c.req.raw)) {
    throw new HTTPException(403, { message: "This request came from another site." });
  }
  await next();
};

/**
 * Whether one of our own pages sent the request, or a client that is not a browser: that sends
 * neither Origin nor Sec-Fetch-Site, and no site can make it send anything.
 */
export function isSameOrigin({ headers, url }: Request): boolean {
  const origin = headers.get("origin");
  if (origin !== null) return origin === publicOrigin(headers, url);
  const site = headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}

/** The scheme between the browser and the web server; towards this process it is always http. */
export const isHttps = (headers: Headers): boolean => headers.get("x-forwarded-proto") === "https";

/** The origin that the browser sees; the request's own URL has the gateway's. */
function publicOrigin(headers: Headers, url: string): string {
  const { protocol, host } = new URL(url);
  const scheme = headers.get("x-forwarded-proto") ?? protocol.slice(0, -1);
  const address = `${scheme}://${headers.get("x-forwarded-host") ?? host}`;
  return URL.canParse(address) ? new URL(address).origin : address;
}
