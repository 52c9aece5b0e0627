import { fieldValue, type RawFields } from "@gatehouse/http";

/** With this prefix a browser takes a cookie from this very host alone, over HTTPS. */
const HOST_PREFIX = "__Host-";

/** The name of a cookie of the edge's own: plain HTTP and HTTPS, which share cookies, have one each. */
export function cookieName(name: string, scheme: string): string {
  return scheme === "https" ? `${HOST_PREFIX}${name}` : name;
}

/** The first cookie of that name whose value matches; undefined if the request has none. */
export function cookieOf(
  rawHeaders: RawFields,
  name: string,
  value: { test(text: string): boolean },
): string | undefined {
  const cookies = fieldValue("cookie", rawHeaders, ";");
  if (cookies === undefined || !cookies.includes(name)) return undefined;
  const prefix = `${name}=`;
  for (const cookie of cookies.split(";")) {
    const pair = cookie.trim();
    if (!pair.startsWith(prefix)) continue;
    const found = pair.slice(prefix.length);
    if (value.test(found)) return found;
  }
  return undefined;
}

/** The Set-Cookie of a cookie of the edge's own. It ends with the browser's session. */
export function newCookie(name: string, value: string, scheme: string): string {
  const secure = scheme === "https" ? "Secure; " : "";
  return `${cookieName(name, scheme)}=${value}; Path=/; ${secure}HttpOnly; SameSite=Lax`;
}
