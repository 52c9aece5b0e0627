import { hostname } from "node:os";
import { createLogger, type Logger } from "@gatehouse/telemetry";
import type { Registry } from "prom-client";

/** What an application is given for its life in one worker. */
export interface LifespanContext {
  /** The environment of the process: an application reads its own settings table from it. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Writes lines of the tier "app". */
  readonly logger: Logger;
  /** What the application counts here appears, summed over the workers, under /metrics. */
  readonly metrics: Registry;
  readonly worker: { readonly id: number; readonly pid: number };
  /** The host or container that this worker runs on. */
  readonly replica: string;
  /** Aborted when the worker begins to drain. */
  readonly signal: AbortSignal;
}

export function lifespanContext(
  workerId: number,
  metrics: Registry,
  signal: AbortSignal,
): LifespanContext {
  const worker = { id: workerId, pid: process.pid };
  const replica = hostname();
  return {
    settings: process.env,
    logger: createLogger("app", {}),
    metrics,
    worker,
    replica,
    signal,
  };
}
