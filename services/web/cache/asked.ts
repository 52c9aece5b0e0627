import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { readCacheControl } from "./cache-control.ts";

/** Whether the store is asked at all: not for conditions that only the application can judge. */
export function isLookedUp({ method, body, request }: Exchange): boolean {
  if ((method !== "GET" && method !== "HEAD") || body !== undefined) return false;
  const { headers } = request;
  return headers["if-match"] === undefined && headers["if-unmodified-since"] === undefined;
}

/** Whether a request is what the cache would ask for itself: it sets no conditions. */
export function asksForAll({ request: { headers } }: Exchange): boolean {
  return (
    headers["if-none-match"] === undefined &&
    headers["if-modified-since"] === undefined &&
    headers["if-range"] === undefined &&
    headers.range === undefined
  );
}

/**
 * The one directive of a request that is obeyed. All of them are advice (RFC 9111, section 5.2.1), and
 * the others would let any client have the application asked, or have a stale answer. This one only
 * spares it.
 * @throws EdgeError 504.
 */
export function refuseIfOnlyCached({ request }: Exchange): void {
  const field = request.headers["cache-control"];
  if (field === undefined || !readCacheControl(field).onlyIfCached) return;
  throw new EdgeError("not-stored", 504, "The answer is not in the cache.");
}
