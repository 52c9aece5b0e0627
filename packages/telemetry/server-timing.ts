import { millisecondsText } from "./access-line.ts";

/** One entry of the Server-Timing field: "gateway;dur=1.234" (W3C Server Timing). */
export function timingEntry(tier: string, span: number): string {
  return `${tier};dur=${millisecondsText(Math.max(0, span))}`;
}

const REQUEST_START = /^t=\d{10,16}(?:\.\d{1,6})?$/;

/**
 * How long a request waited between the edge and here, in milliseconds, by the edge's
 * X-Request-Start: t=<ms since the epoch>; undefined where the field is absent or no time.
 */
export function queueTime(requestStart: string | undefined, now: number): number | undefined {
  if (requestStart === undefined || !REQUEST_START.test(requestStart)) return undefined;
  return Math.max(0, now - Number(requestStart.slice("t=".length)));
}
