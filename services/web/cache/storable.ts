import { freshnessOf } from "./freshness.ts";
import type { Head } from "./head.ts";

/** Final statuses that this cache understands, and that are useful to a second client. */
const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501]);

/**
 * Whether a shared cache may store the response to a GET: RFC 9111, section 3, and narrower. The
 * response must have an explicit lifetime or be `public`. One that sets a cookie was made for one
 * visitor, and a protected file is the edge's own.
 * @param authorized whether the request had an Authorization field (section 3.5)
 */
export function isStorable(head: Head, authorized: boolean): boolean {
  const { directives } = head;
  if (!UNDERSTOOD.has(head.status)) return false;
  if (directives.has("no-store") || directives.has("private")) return false;
  if (authorized && !isSharedAmongAuthorized(head)) return false;
  if (head.get("set-cookie") !== undefined || isOfNextsCache(head)) return false;
  return head.get("x-accel-redirect") === undefined && isUseful(head);
}

/**
 * Next sends the pages that it caches itself with an `s-maxage` of up to a year, and forgets them there at
 * `revalidatePath`, of which no other cache hears. So this one keeps them only where a targeted field says so.
 * Its optimized images have a `max-age`: they do not change.
 */
function isOfNextsCache(head: Head): boolean {
  const isNexts = head.get("x-nextjs-cache") !== undefined;
  return isNexts && head.directives.has("s-maxage") && !head.targeted;
}

/** Whether the response may be used for requests with Authorization; RFC 9111, section 3.5. */
export function isSharedAmongAuthorized({ directives }: Head): boolean {
  return ["public", "must-revalidate", "s-maxage"].some((key) => directives.has(key));
}

/** Whether it is fresh for some time, may be used stale, or is shared and can be validated. */
function isUseful(head: Head): boolean {
  const { lifetime, staleWhileRevalidate } = freshnessOf(head);
  if (lifetime > 0 || staleWhileRevalidate > 0) return true;
  const { directives } = head;
  const hasValidator = head.get("etag") !== undefined || head.get("last-modified") !== undefined;
  return hasValidator && (directives.has("public") || directives.has("s-maxage"));
}
