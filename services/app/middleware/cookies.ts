import { deleteCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import type { ViewContext } from "../context.ts";
import { isHttps } from "./origin.ts";

type Name = "session" | "flash";

/**
 * Cookies ignore ports: one that is Secure, set at 8443, would block its namesake at 8080. So the
 * names differ, and over HTTPS the browser itself holds to what `__Host-` promises (RFC 6265bis).
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
  const secure = isHttps(c.req.raw.headers);
  const prefix = secure ? ({ prefix: "host" } as const) : {};
  return { ...prefix, httpOnly: true, sameSite: "Lax", secure, path: "/" } as const;
}
