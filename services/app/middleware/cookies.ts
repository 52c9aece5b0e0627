import { deleteCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import type { ViewContext } from "../view-context.ts";
import { isHttps } from "./security.ts";

type Name = "session" | "flash";

/**
 * Cookies do not depend on the port: a Secure cookie set at 8443 would block one of the same name
 * at 8080. So the names differ, and `__Host-` makes the browser itself insist on Secure, on Path=/
 * and on no Domain (RFC 6265bis, 4.1.3.2).
 */
export function cookieOf(headers: Headers, name: Name): string | undefined {
  const full = isHttps(headers) ? `__Host-${name}` : name;
  return parse(headers.get("cookie") ?? "", full)[full] || undefined;
}

/** @param maxAge seconds */
export function writeCookie(c: ViewContext, name: Name, value: string, maxAge: number): void {
  setCookie(c, name, value, { ...attributes(c), maxAge });
}

export function dropCookie(c: ViewContext, name: Name): void {
  deleteCookie(c, name, attributes(c));
}

function attributes(c: ViewContext) {
  // With this prefix, Hono itself sets Secure and Path=/.
  const prefix = isHttps(c.req.raw.headers) ? ({ prefix: "host" } as const) : {};
  return { ...prefix, httpOnly: true, sameSite: "Lax", path: "/" } as const;
}
