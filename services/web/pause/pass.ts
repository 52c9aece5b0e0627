import { createHash, timingSafeEqual } from "node:crypto";
import { cookieName, cookieOf, newCookie } from "../exchange/cookie.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** The parameter of a link with the token, and the cookie in which a browser keeps it. */
const PREFIX = "maintenance-pass=";
const COOKIE = "gatehouse-maintenance";

/** 128 random bits in base64url: a token of another form is none of ours. */
const TOKEN = /^[\w-]{22}$/;

/** SHA-256, in hexadecimal: what the edge knows of the token. */
export const PASS_SUM = /^[0-9a-f]{64}$/;

/** Whether a request under maintenance has the token in its cookie. */
export function hasPass({ client, rawHeaders }: Exchange, sum: string): boolean {
  const token = cookieOf(rawHeaders, cookieName(COOKIE, client.scheme), TOKEN);
  return token !== undefined && isToken(token, sum);
}

/**
 * Responds to a request whose target has the token: the browser keeps it, and goes to the same page without it.
 * @returns false if the target does not have it
 */
export function acceptPass(exchange: Exchange, sum: string): boolean {
  const link = linkOf(exchange.target);
  if (link === undefined || !TOKEN.test(link.token) || !isToken(link.token, sum)) return false;
  const cookie = newCookie(COOKIE, link.token, exchange.client.scheme);
  const fields = ["Location", link.page, "Set-Cookie", cookie, "Cache-Control", "no-store"];
  exchange.respond(
    303,
    [...fields, "Referrer-Policy", "no-referrer", "Content-Length", "0"],
    undefined,
  );
  return true;
}

/** The token in a target, and the target without it: all else of its query as it was, octet by octet. */
function linkOf(target: string): { readonly token: string; readonly page: string } | undefined {
  const at = target.indexOf("?");
  if (at === -1 || !target.includes(PREFIX, at)) return undefined;
  const parts = target.slice(at + 1).split("&");
  const own = parts.find((part) => part.startsWith(PREFIX));
  if (own === undefined) return undefined;
  const rest = parts.filter((part) => !part.startsWith(PREFIX));
  // Two slashes at the start would name another host; for browsers a backslash is one too.
  const path = target.slice(0, at).replace(/^[/\\]+/, "/");
  const query = rest.length === 0 ? "" : `?${rest.join("&")}`;
  return { token: own.slice(PREFIX.length), page: `${path}${query}` };
}

function isToken(token: string, sum: string): boolean {
  return timingSafeEqual(createHash("sha256").update(token).digest(), Buffer.from(sum, "hex"));
}
