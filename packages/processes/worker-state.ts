/** The life of a worker. Only a `ready` one gets new connections. */
export const WORKER_STATES = ["starting", "ready", "retiring", "dead"] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** Whether a worker may change from one state to another: only forward, and never twice. */
export function mayBecome(from: WorkerState, to: WorkerState): boolean {
  return WORKER_STATES.indexOf(to) > WORKER_STATES.indexOf(from);
}
