import { isIPv6 } from "node:net";

/**
 * RFC 3986, section 3.2.2: unreserved, sub-delims and percent-encoding, with a port. The comma,
 * a sub-delim too, is left out: "a,b" is what an intermediary makes of two Host fields.
 */
const NAME = /^(?:[\w.~!$&'()*+;=-]|%[\dA-Fa-f]{2})+(?::(\d{0,5}))?$/;
const LITERAL = /^\[([\dA-Fa-f:.]+)\](?::(\d{0,5}))?$/;
const HIGHEST_PORT = 65_535;

export type Scheme = "http" | "https";

/** The last valid one: nearly every request has the same. */
let lastAuthority = "";

/**
 * Whether a word is one host with or without a port: no list, no user-info, no path. The URL standard
 * rejects some hosts that RFC 3986 allows, such as 1.2.3.4.5; an application that parses the URL would fail.
 */
export function isAuthority(word: string): boolean {
  if (word === lastAuthority && word !== "") return true;
  if (!hasAuthorityForm(word)) return false;
  lastAuthority = word;
  return true;
}

function hasAuthorityForm(word: string): boolean {
  const name = NAME.exec(word);
  if (name !== null) return Number(name[1] ?? 0) <= HIGHEST_PORT && URL.canParse(`http://${word}`);
  const literal = LITERAL.exec(word);
  return literal !== null && isIPv6(literal[1] ?? "") && Number(literal[2] ?? 0) <= HIGHEST_PORT;
}

/** Whether two authorities name the same server, apart from letter case and the default port. */
export function sameAuthority(one: string, other: string, scheme: Scheme): boolean {
  return one === other || canonical(one, scheme) === canonical(other, scheme);
}

/** The port of an authority; the scheme's own where it names none. */
export function portOf(authority: string, scheme: Scheme): number {
  return portNamed(authority) ?? (scheme === "https" ? 443 : 80);
}

export function portNamed(authority: string): number | undefined {
  const port = Number(authority.slice(authority.lastIndexOf(":") + 1));
  return port > 0 && authority.includes(":") && !authority.endsWith("]") ? port : undefined;
}

function canonical(authority: string, scheme: Scheme): string {
  const host = authority.replace(/:\d*$/, "").toLowerCase();
  return `${host}:${portOf(authority, scheme)}`;
}
