import { createHash, timingSafeEqual } from "node:crypto";
import { cookieName, cookieOf, newCookie } from "../exchange/cookie.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** The parameter of a link with the token, and the cookie in which a browser keeps it. */
const PARAMETER = "maintenance-pass";
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
  const { target } = exchange;
  if (!target.includes(PARAMETER)) return false;
  const [path = "/", query = ""] = target.split("?", 2);
  const parameters = new URLSearchParams(query);
  const token = parameters.get(PARAMETER) ?? "";
  if (!TOKEN.test(token) || !isToken(token, sum)) return false;
  parameters.delete(PARAMETER);
  const rest = parameters.size === 0 ? "" : `?${parameters}`;
  // Two slashes at the start would name another host.
  const location = `${path.replace(/^\/+/, "/")}${rest}`;
  const cookie = newCookie(COOKIE, token, exchange.client.scheme);
  const fields = ["Location", location, "Set-Cookie", cookie, "Cache-Control", "no-store"];
  exchange.respond(
    303,
    [...fields, "Referrer-Policy", "no-referrer", "Content-Length", "0"],
    undefined,
  );
  return true;
}

function isToken(token: string, sum: string): boolean {
  return timingSafeEqual(createHash("sha256").update(token).digest(), Buffer.from(sum, "hex"));
}
