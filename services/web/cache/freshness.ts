import type { Head } from "./head.ts";

const SECOND = 1000;

/**
 * How long a response is fresh, and may then be used stale (RFC 5861), in milliseconds: RFC 9111,
 * section 4.2.1, without heuristics. A response without an explicit time is never fresh.
 *
 * s-maxage forbids stale use (section 5.2.2.10). But a response that has stale-while-revalidate or
 * stale-if-error beside it can only mean both: the extension is more specific (section 5.2.3), and
 * nginx reads it so. must-revalidate, proxy-revalidate and no-cache forbid stale use explicitly.
 */
export function freshnessOf(head: Head) {
  const { directives } = head;
  const noCache = directives.has("no-cache");
  const strict = noCache || directives.has("must-revalidate") || directives.has("proxy-revalidate");
  const stale = (key: string) => (strict ? 0 : SECOND * (directives.get(key) ?? 0));
  return {
    lifetime: noCache ? 0 : SECOND * lifetimeOf(head),
    staleWhileRevalidate: stale("stale-while-revalidate"),
    staleIfError: stale("stale-if-error"),
  };
}

/** In seconds. */
function lifetimeOf(head: Head): number {
  const explicit = head.directives.get("s-maxage") ?? head.directives.get("max-age");
  // A targeted field replaces Expires too (RFC 9213, section 2.2).
  if (explicit !== undefined || head.targeted) return explicit ?? 0;
  // A malformed Expires is in the past (section 5.3).
  const expires = head.date("expires") ?? 0;
  return Math.max(0, expires - (head.date("date") ?? Date.now() / SECOND));
}

/**
 * The age of a response as it is received, in milliseconds; RFC 9111, section 4.2.3.
 * @param delay milliseconds from the request's sending to the response's head
 * @param now milliseconds since the epoch
 */
export function initialAge(head: Head, delay: number, now: number): number {
  const date = head.date("date");
  // Date has seconds only: the response may be up to a second younger.
  const apparent = date === undefined ? 0 : now - SECOND * date - SECOND;
  // The first of several, and none that is malformed (section 5.1).
  const age = /^(\d+) *(?:,|$)/.exec(head.get("age") ?? "")?.[1] ?? 0;
  return Math.max(apparent, SECOND * Number(age) + delay);
}
