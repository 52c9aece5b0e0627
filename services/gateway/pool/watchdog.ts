import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration.ts";
import type { HookRunner } from "../hooks/hooks.ts";
import type { Pool } from "./pool.ts";
import { stackTrace } from "./stack-trace.ts";
import type { KillReason } from "./worker-ending.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Milliseconds between two looks at the workers. */
const SHORTEST_ROUND = 100;
const LONGEST_ROUND = 1000;
/** A look that comes so much later than it should, in ms, was kept waiting by the primary itself. */
const SUSPENDED = 1000;

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
  #nextLook = Date.now();

  constructor(pool: Pool, standing: StandingConfiguration, hooks: HookRunner, logger: Logger) {
    this.#pool = pool;
    this.#standing = standing;
    this.#hooks = hooks;
    this.#logger = logger;
    this.#lookIn(SHORTEST_ROUND);
  }

  /** Looks again when the first worker could be due, so that a primary with nothing to do sleeps. */
  #lookIn(span: number): void {
    const round = Math.max(SHORTEST_ROUND, Math.min(span, LONGEST_ROUND));
    this.#nextLook = Date.now() + round;
    setTimeout(() => this.#lookIn(this.#look()), round).unref();
  }

  /** @returns milliseconds until a worker is due, unless it makes progress */
  #look(): number {
    const now = Date.now();
    // A primary that was itself suspended has heard nobody: the next look will tell.
    if (now - this.#nextLook > SUSPENDED) return 0;
    const { timeout, bootTimeout } = this.#standing.settings;
    // A worker that has not been started yet may be the first.
    let due = bootTimeout;
    for (const worker of this.#pool.workers) {
      const starting = worker.state === "starting";
      if (!starting && timeout === 0) continue;
      const left = starting
        ? worker.startedAt + bootTimeout - now
        : timeout * 1000 - worker.silence;
      if (left < 0) void this.#abort(worker, starting ? "too slow to start" : "stuck");
      due = Math.min(due, left);
    }
    return due;
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
