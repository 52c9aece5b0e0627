import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";

/** How long a replica may take for each part of an answer: milliseconds, Infinity for any time. */
export interface Timeouts {
  /** To take the next piece of the request's body. */
  readonly send: number;
  /** From the request's last byte to the first of the answer. */
  readonly firstByte: number;
  /** Between two pieces of the answer. */
  readonly betweenBytes: number;
  /** From the request's head to the answer's end, all attempts together. */
  readonly total: number;
}

/** The timeouts of a route: its own, and the settings' for what it does not say. */
export function timeoutsOf({ timeouts }: ProxyRoute, settings: WebSettings): Timeouts {
  return {
    send: timeouts.send ?? settings.upstreamSendTimeout,
    firstByte: timeouts.firstByte ?? settings.upstreamTimeout,
    betweenBytes: timeouts.betweenBytes ?? settings.upstreamSilence,
    total: timeouts.total ?? (settings.upstreamTotalTimeout || Number.POSITIVE_INFINITY),
  };
}
