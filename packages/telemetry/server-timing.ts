import { millisecondsText } from "./access-line.ts";

/** One entry of the Server-Timing field: "gateway;dur=1.234" (W3C Server Timing). */
export function timingEntry(tier: string, span: number): string {
  return `${tier};dur=${millisecondsText(Math.max(0, span))}`;
}

/** Lower bounds of a time from 2001 to 5138 in each unit: by them the unit is known. */
const [SECONDS, MILLISECONDS, MICROSECONDS] = [1e9, 1e11, 1e14];

/**
 * How long a request waited between the proxy in front and here, in milliseconds, by X-Request-Start:
 * t=<ms since the epoch> from our edge, seconds from nginx's $msec, microseconds from Apache's %t,
 * without "t=" from Heroku's router.
 * @param now milliseconds since the epoch
 * @returns undefined where the field is absent or is no time
 */
export function queueTime(requestStart: string | undefined, now: number): number | undefined {
  if (requestStart === undefined) return undefined;
  const time = Number(requestStart.startsWith("t=") ? requestStart.slice(2) : requestStart);
  // False for NaN too.
  if (!(time >= SECONDS)) return undefined;
  const start = time < MILLISECONDS ? time * 1000 : time < MICROSECONDS ? time : time / 1000;
  return Math.max(0, now - start);
}
