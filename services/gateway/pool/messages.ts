import type { SocketEnds } from "../http/socket-ends.ts";

export type ToWorker =
  /** Comes with a socket: take it, or leave it after `leaveAfter`. Times are sharedTime(). */
  | {
      readonly type: "connection";
      readonly id: number;
      readonly acceptedAt: number;
      readonly leaveAfter: number;
      /** What its socket is to show as its ends, where it has none. */
      readonly ends: SocketEnds | undefined;
    }
  /** Keep serving, but have every client continue on another connection. */
  | { readonly type: "lame-duck" }
  /** No connection follows: finish, close idle ones after `linger` ms, shut down, exit; killed after `timeout` ms. */
  | { readonly type: "retire"; readonly linger: number; readonly timeout: number }
  /** The workers among whom requests with affinity are shared out. */
  | {
      readonly type: "slots";
      /** Where the workers' own sockets are. */
      readonly folder: string;
      readonly slots: readonly Slot[];
      /** The ids of all workers that serve, with a slot or before they have one. */
      readonly serving: readonly number[];
    }
  | { readonly type: "report-metrics" }
  | { readonly type: "reopen-log" }
  | { readonly type: "close-inspector" };

export type FromWorker =
  /** The worker has the connection: the primary closes its own copy. */
  | { readonly type: "taken"; readonly id: number }
  /** The worker was too busy to take the connection in time. */
  | { readonly type: "not-taken"; readonly id: number }
  /** `ownPort` is where the application listens, as far as it knows, if not on the gateway's port. */
  | { readonly type: "ready"; readonly ownPort?: number | undefined }
  | { readonly type: "failed"; readonly reason: string; readonly detail: string }
  | ({ readonly type: "beat" } & Beat)
  | { readonly type: "metrics"; readonly metrics: readonly object[] };

const TYPES: ReadonlySet<unknown> = new Set<FromWorker["type"]>([
  "taken",
  "not-taken",
  "ready",
  "failed",
  "beat",
  "metrics",
]);

export function isFromWorker(message: unknown): message is FromWorker {
  return (
    typeof message === "object" && message !== null && "type" in message && TYPES.has(message.type)
  );
}

/** A worker's part of the requests with affinity: those whose key weighs most at this name. */
export interface Slot {
  readonly slot: string;
  readonly worker: number;
}

/** The load of a worker, sent several times within --timeout. */
export interface Beat {
  /** Requests that the application is processing. */
  readonly inFlight: number;
  /** Requests that wait for one of those to end. */
  readonly queued: number;
  readonly requests: number;
  readonly connections: number;
  /** The share of the time since the last beat that the event loop was busy, 0 to 1. */
  readonly loop: number;
  readonly rss: number;
  readonly lastError: string | undefined;
  /** Why the application wants this worker to be replaced. */
  readonly leaves?: string | undefined;
}

/** The exit code of a worker that could not boot: gunicorn's WORKER_BOOT_ERROR. */
export const BOOT_FAILED = 3;
