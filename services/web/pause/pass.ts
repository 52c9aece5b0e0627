import { createHash, timingSafeEqual } from "node:crypto";
import { cookieName, cookieOf, newCookie } from "../exchange/cookie.ts";
import type { Exchange } from "../exchange/exchange.ts";

/** The parameter of a link with the word, and the cookie in which a browser keeps it. */
const PARAMETER = "maintenance-pass";
const COOKIE = "gatehouse-maintenance";

/** 128 random bits in base64url: a word of another form is none of ours. */
const WORD = /^[\w-]{22}$/;

/** SHA-256, in hexadecimal: what the edge knows of the word. */
export const PASS_SUM = /^[0-9a-f]{64}$/;

/** Whether a request under maintenance has the word in its cookie. */
export function hasPass({ client, rawHeaders }: Exchange, sum: string): boolean {
  const word = cookieOf(rawHeaders, cookieName(COOKIE, client.scheme), WORD);
  return word !== undefined && isWord(word, sum);
}

/**
 * Responds to a request whose target has the word: the browser keeps it, and goes to the same page without it.
 * @returns false if the target does not have it
 */
export function acceptPass(exchange: Exchange, sum: string): boolean {
  const { target } = exchange;
  if (!target.includes(PARAMETER)) return false;
  const [path = "/", query = ""] = target.split("?", 2);
  const parameters = new URLSearchParams(query);
  const word = parameters.get(PARAMETER) ?? "";
  if (!WORD.test(word) || !isWord(word, sum)) return false;
  parameters.delete(PARAMETER);
  const rest = parameters.size === 0 ? "" : `?${parameters}`;
  // Two slashes at the start would name another host.
  const location = `${path.replace(/^\/+/, "/")}${rest}`;
  const cookie = newCookie(COOKIE, word, exchange.client.scheme);
  const fields = ["Location", location, "Set-Cookie", cookie, "Cache-Control", "no-store"];
  exchange.respond(
    303,
    [...fields, "Referrer-Policy", "no-referrer", "Content-Length", "0"],
    undefined,
  );
  return true;
}

function isWord(word: string, sum: string): boolean {
  return timingSafeEqual(createHash("sha256").update(word).digest(), Buffer.from(sum, "hex"));
}
