import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration/configuration.ts";
import type { HookRunner } from "../hooks/hook-runner.ts";
import type { Pool } from "./pool.ts";
import { stackTrace } from "./stack-trace.ts";
import type { KillReason } from "./worker-ending.ts";
import type { WorkerProcess } from "./worker-process.ts";

const ROUND = 100;

/**
 * Ends workers whose event loop has been silent for longer than --timeout, or whose boot takes
 * longer than --boot-timeout, after it has told the log where they were stuck.
 */
export class Watchdog {
  readonly #pool: Pool;
  readonly #hooks: HookRunner;
  readonly #logger: Logger;
  readonly #condemned = new WeakSet<WorkerProcess>();
  readonly #standing: StandingConfiguration;
  #lastRound = Date.now();

  constructor(pool: Pool, standing: StandingConfiguration, hooks: HookRunner, logger: Logger) {
    this.#pool = pool;
    this.#standing = standing;
    this.#hooks = hooks;
    this.#logger = logger;
    setInterval(() => this.#look(), ROUND).unref();
  }

  #look(): void {
    const now = Date.now();
    // A primary that was itself suspended has heard nobody: the next round will tell.
    const late = now - this.#lastRound > 10 * ROUND;
    this.#lastRound = now;
    if (late) return;
    const { timeout, bootTimeout } = this.#standing.settings;
    for (const worker of this.#pool.workers) {
      if (worker.state === "starting") {
        if (now - worker.startedAt > bootTimeout) void this.#abort(worker, "too slow to start");
      } else if (timeout > 0 && worker.silence > timeout * 1000) {
        void this.#abort(worker, "stuck");
      }
    }
  }

  async #abort(worker: WorkerProcess, reason: KillReason): Promise<void> {
    if (this.#condemned.has(worker)) return;
    this.#condemned.add(worker);
    const silence = worker.silence;
    const stack = await stackTrace(worker).catch((error: unknown) => `no stack: ${error}`);
    this.#logger.error(`worker is ${reason}`, { pid: worker.pid, silent_ms: silence, stack });
    await this.#hooks.run("workerAbort", worker.status(), stack);
    worker.kill(reason);
  }
}
