/** What the primary and its workers tell each other. */

export type ToWorker =
  /** Comes with a connection: take it, or leave it after `leaveAfter`. Times are Date.now(). */
  | {
      readonly type: "connection";
      readonly id: number;
      readonly acceptedAt: number;
      readonly leaveAfter: number;
    }
  /** Keep serving, but ask every client to leave after its answer. */
  | { readonly type: "lame-duck" }
  /** No connection follows: finish, close what is idle after `linger` ms, shut down, exit. */
  | { readonly type: "retire"; readonly linger: number }
  | { readonly type: "tell-metrics" }
  | { readonly type: "reopen-log" }
  | { readonly type: "close-inspector" };

export type FromWorker =
  /** The connection is the worker's now: the primary lets go of its own copy. */
  | { readonly type: "taken"; readonly id: number }
  /** The worker was too busy to take it in time: it may be somebody else's by now. */
  | { readonly type: "left"; readonly id: number }
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly reason: string; readonly detail: string }
  | ({ readonly type: "beat" } & Beat)
  | { readonly type: "metrics"; readonly metrics: readonly object[] };

const TYPES: readonly FromWorker["type"][] = [
  "taken",
  "left",
  "ready",
  "failed",
  "beat",
  "metrics",
];

export function isFromWorker(message: unknown): message is FromWorker {
  return (
    typeof message === "object" &&
    message !== null &&
    "type" in message &&
    TYPES.some((type) => type === message.type)
  );
}

/** How a worker fares, told several times within --timeout. */
export interface Beat {
  /** Requests that the application is answering. */
  readonly inFlight: number;
  /** Requests that wait for one of those to end. */
  readonly queued: number;
  /** Requests since the worker started. */
  readonly requests: number;
  readonly connections: number;
  /** The share of the time since the last beat that the event loop was busy, 0 to 1. */
  readonly loop: number;
  /** Resident memory in bytes. */
  readonly rss: number;
  /** What the application threw last. */
  readonly lastError: string | undefined;
}

/** The boot of a worker failed: gunicorn's WORKER_BOOT_ERROR. */
export const BOOT_FAILED = 3;
