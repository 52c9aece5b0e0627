import type { AnswerHead } from "./answer-head.ts";

/** How long an answer may be used; spans in milliseconds. */
export interface Freshness {
  /** From its birth, without asking the application. 0: never. */
  readonly lifetime: number;
  /** After that, while a refresh is under way (RFC 5861, section 3). */
  readonly staleWhileRevalidate: number;
  /** After that, when the application fails (RFC 5861, section 4). */
  readonly staleIfError: number;
}

const SECOND = 1000;

/**
 * RFC 9111, section 4.2.1, without heuristics: an answer that says nothing is never fresh.
 *
 * An s-maxage forbids stale use (section 5.2.2.10), yet an answer that says
 * stale-while-revalidate or stale-if-error beside it can only mean both: the extension is the more
 * specific word (section 5.2.3), and nginx reads it so. must-revalidate, proxy-revalidate and no-cache forbid
 * stale use in so many words, and are obeyed.
 */
export function freshnessOf(head: AnswerHead): Freshness {
  const { directives } = head;
  const strict = directives.mustRevalidate || directives.proxyRevalidate || directives.noCache;
  return {
    lifetime: directives.noCache ? 0 : SECOND * lifetimeOf(head),
    staleWhileRevalidate: strict ? 0 : SECOND * (directives.staleWhileRevalidate ?? 0),
    staleIfError: strict ? 0 : SECOND * (directives.staleIfError ?? 0),
  };
}

/** Seconds. */
function lifetimeOf(head: AnswerHead): number {
  const { sMaxAge, maxAge } = head.directives;
  const explicit = sMaxAge ?? maxAge;
  if (explicit !== undefined) return explicit;
  // An Expires that is no date counts as past (section 5.3).
  const expires = head.date("expires") ?? 0;
  return Math.max(0, expires - (head.date("date") ?? Date.now() / SECOND));
}

/**
 * How old an answer already is as it comes, in milliseconds; RFC 9111, section 4.2.3.
 * @param delay milliseconds from the request's sending to the answer's head
 * @param now milliseconds since the epoch
 */
export function initialAge(head: AnswerHead, delay: number, now: number): number {
  const date = head.date("date");
  // Date names a second and not a moment: it may have been anywhere within it.
  const apparent = date === undefined ? 0 : now - SECOND * date - SECOND;
  // The first of several, and none that is no number (section 5.1).
  const told = /^(\d+) *(?:,|$)/.exec(head.get("age") ?? "")?.[1] ?? 0;
  return Math.max(apparent, SECOND * Number(told) + delay);
}
