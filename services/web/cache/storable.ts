import type { AnswerHead } from "./answer-head.ts";
import { freshnessOf } from "./freshness.ts";

/** Final statuses whose meaning this cache knows, and which make sense to a second client. */
const KNOWN = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501]);

/**
 * Whether a shared cache may keep the answer to a GET and hand it to others: RFC 9111, section 3,
 * and narrower, because storing is the answer's own choice here. It must say for how long, or that it is `public`; an
 * answer that sets a cookie was made for one visitor; a file that the application only points at is
 * the edge's own.
 * @param authorized whether the request had an Authorization field (section 3.5)
 */
export function isStorable(head: AnswerHead, authorized: boolean): boolean {
  const { directives } = head;
  if (!KNOWN.has(head.status)) return false;
  if (directives.noStore || directives.private) return false;
  if (authorized && !isSharedAmongAuthorized(head)) return false;
  if (head.get("set-cookie") !== undefined) return false;
  return head.get("x-accel-redirect") === undefined && isWorthKeeping(head);
}

/** Whether the answer may be used for requests with Authorization; RFC 9111, section 3.5. */
export function isSharedAmongAuthorized({ directives }: AnswerHead): boolean {
  return directives.public || directives.mustRevalidate || directives.sMaxAge !== undefined;
}

/** Fresh for a while, or usable when stale, or said to be everybody's and checked by a validator. */
function isWorthKeeping(head: AnswerHead): boolean {
  const { lifetime, staleWhileRevalidate } = freshnessOf(head);
  if (lifetime > 0 || staleWhileRevalidate > 0) return true;
  const { directives } = head;
  return (directives.public || directives.sMaxAge !== undefined) && head.hasValidator;
}
