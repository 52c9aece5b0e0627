export { Backoff } from "./backoff.ts";
export { runCommand, unknownVerb } from "./command.ts";
export {
  ControlSocket,
  callVerb,
  controlPath,
  controlPaths,
  ping,
  type VerbResult,
} from "./control-socket.ts";
export { Mutex } from "./mutex.ts";
export { Rounds } from "./rounds.ts";
export { followSignals, ignoreSignals, type SignalTable } from "./signals.ts";
export type { Verb, VerbCall, VerbTable } from "./verbs.ts";
export { type StuckReason, Watchdog, type WatchdogLimits, type WatchedWorker } from "./watchdog.ts";
export { settledWithin, WorkerMetrics } from "./worker-metrics.ts";
export { mayBecome, type WorkerState } from "./worker-state.ts";
