/** The life of a worker. Only `ready` is given new connections. */
export type WorkerState = "starting" | "ready" | "retiring" | "dead";

const NEXT: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  starting: ["ready", "retiring", "dead"],
  ready: ["retiring", "dead"],
  retiring: ["dead"],
  dead: [],
};

/** Whether a worker may pass from one state to another. */
export function mayBecome(from: WorkerState, to: WorkerState): boolean {
  return NEXT[from].includes(to);
}
