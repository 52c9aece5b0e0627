import { milliseconds } from "./access-line.ts";

/** One entry of the Server-Timing field: "gateway;dur=1.234" (W3C Server Timing). */
export function timingEntry(tier: string, span: number): string {
  return `${tier};dur=${milliseconds(Math.max(0, span))}`;
}

const REQUEST_START = /^t=(\d{10,16}(?:\.\d{1,6})?)$/;

/**
 * How long a request waited between the edge and here, in milliseconds, by the edge's
 * X-Request-Start: t=<ms since the epoch>; undefined where the field is absent or no time.
 */
export function queueTime(requestStart: string | undefined, now: number): number | undefined {
  const sent = requestStart === undefined ? undefined : REQUEST_START.exec(requestStart)?.[1];
  return sent === undefined ? undefined : Math.max(0, now - Number(sent));
}
