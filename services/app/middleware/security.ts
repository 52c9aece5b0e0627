import { except } from "hono/combine";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import type { ViewContext } from "../context.ts";

/** Only our own files, no inline script or style. HSTS is the web server's to decide. */
export const securityHeaders = secureHeaders({
  strictTransportSecurity: false,
  // Not no-referrer: with it browsers send "Origin: null", which the check of forms refuses.
  referrerPolicy: "same-origin",
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/**
 * Refuses a form that another site sent (403). A request with neither Origin nor Sec-Fetch-Site
 * comes from no browser (curl), so nobody's browser was tricked into sending it.
 */
export const sameOriginForms = except(
  (c: ViewContext) => !c.req.header("origin") && !c.req.header("sec-fetch-site"),
  csrf({ origin: (origin, c: ViewContext) => origin === publicOrigin(c) }),
);

/** The origin that the browser sees; here the address is the gateway's and the scheme is http. */
function publicOrigin(c: ViewContext): string {
  const { protocol, host } = new URL(c.req.url);
  const scheme = c.req.header("x-forwarded-proto") ?? protocol.slice(0, -1);
  const address = `${scheme}://${c.req.header("x-forwarded-host") ?? host}`;
  return URL.canParse(address) ? new URL(address).origin : address;
}
