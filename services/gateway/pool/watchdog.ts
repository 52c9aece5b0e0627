import { type StuckReason, Watchdog } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration.ts";
import type { HookRunner } from "../hooks/hooks.ts";
import type { Pool } from "./pool.ts";
import { stackTrace } from "./stack-trace.ts";
import type { WorkerProcess } from "./worker-process.ts";

/**
 * Kills workers whose event loop is silent for longer than --timeout, or whose boot takes longer
 * than --boot-timeout; the log says first where they were stuck.
 */
export function watchWorkers(
  pool: Pool,
  standing: StandingConfiguration,
  hooks: HookRunner,
  logger: Logger,
): void {
  const abort = async (worker: WorkerProcess, reason: StuckReason) => {
    const { pid, silence } = worker;
    const stack = await stackTrace(worker).catch((error: unknown) => `no stack: ${error}`);
    logger.error(`worker is ${reason}`, { pid, silent_ms: Math.round(silence), stack });
    await hooks.run("workerAbort", ({ workerAbort }, view) =>
      workerAbort?.(view, worker.status(), stack),
    );
    worker.kill(reason);
  };
  new Watchdog<WorkerProcess>({
    workers: () => pool.workers,
    limits: () => {
      const { timeout, bootTimeout } = standing.settings;
      return {
        boot: bootTimeout,
        silence: timeout === 0 ? Number.POSITIVE_INFINITY : timeout * 1000,
      };
    },
    stuck: (worker, reason) => void abort(worker, reason),
  });
}
