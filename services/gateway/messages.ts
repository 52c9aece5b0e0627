/** What the primary and its workers tell each other. */

export type ToWorker =
  /** Keep accepting, but ask every client to leave after its answer. */
  | { readonly type: "lame-duck" }
  /** Accept nothing more, finish what is in flight, shut the application down, exit. */
  | { readonly type: "drain" };

export type FromWorker =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "failed"; readonly reason: string }
  | ({ readonly type: "beat" } & Beat);

/** How a worker fares, told once a second. */
export interface Beat {
  /** Requests that have no answer yet. */
  readonly inFlight: number;
  /** Requests since the worker started. */
  readonly requests: number;
  /** The share of the last second that the event loop was busy, 0 to 1. */
  readonly loop: number;
  /** Resident memory in bytes. */
  readonly rss: number;
}

export const BEAT_INTERVAL = 1000;

/** The boot of a worker failed: gunicorn's WORKER_BOOT_ERROR. */
export const BOOT_FAILED = 3;
