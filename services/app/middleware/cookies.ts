import { deleteCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import type { ViewContext } from "../view-context.ts";
import { isHttps } from "./security.ts";

/** The device's token is sent to the sign-in page alone: all others may be shared by caches. */
const PATHS = { session: "/", flash: "/", device: "/sign-in" } as const;
type Name = keyof typeof PATHS;

/**
 * Cookies do not depend on the port: a Secure cookie set at 8443 would block one of the same name
 * at 8080. So the names differ, and `__Host-` makes the browser itself insist on Secure, on Path=/
 * and on no Domain (RFC 6265bis, 4.1.3.2); `__Secure-`, for another path, on Secure.
 */
export function cookieOf(headers: Headers, name: Name): string | undefined {
  const prefix = PATHS[name] === "/" ? "__Host-" : "__Secure-";
  const full = isHttps(headers) ? `${prefix}${name}` : name;
  return parse(headers.get("cookie") ?? "", full)[full] || undefined;
}

/** @param maxAge seconds */
export function writeCookie(c: ViewContext, name: Name, value: string, maxAge: number): void {
  setCookie(c, name, value, { ...attributes(c, name), maxAge });
}

export function dropCookie(c: ViewContext, name: Name): void {
  deleteCookie(c, name, attributes(c, name));
}

function attributes(c: ViewContext, name: Name) {
  const path = PATHS[name];
  // With these prefixes, Hono itself sets Secure.
  const prefix = path === "/" ? ({ prefix: "host" } as const) : ({ prefix: "secure" } as const);
  const secure = isHttps(c.req.raw.headers) ? prefix : {};
  return { ...secure, httpOnly: true, sameSite: "Lax", path } as const;
}
