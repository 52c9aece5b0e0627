import { secureHeaders } from "hono/secure-headers";

/**
 * Only our own files, no inline script or style. A view may set a stricter policy of its own; HSTS is
 * the web server's to decide.
 */
export const securityHeaders = secureHeaders({
  overwrite: false,
  strictTransportSecurity: false,
  // Not no-referrer: with it browsers send "Origin: null", which the check of forms refuses.
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
