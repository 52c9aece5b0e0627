import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Backoff, settledWithin, Watchdog } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import type { Call, ToWorker } from "./messages.ts";
import { type Ending, WorkerProcess } from "./worker-process.ts";

/** A worker that sends no message for so many ms is stuck. */
const LONGEST_SILENCE = 10_000;
/** Milliseconds that workers have for reporting their status or metrics. */
const REPORT_TIMEOUT = 500;

interface Events {
  spawned: [WorkerProcess];
  ready: [WorkerProcess];
  ended: [WorkerProcess, Ending];
}

/** Keeps a number of workers running: a crashed one is replaced, a stuck one is killed first. */
export class Pool extends EventEmitter<Events> {
  readonly #size: number;
  /** Milliseconds that a worker may take to finish. */
  readonly #gracefulTimeout: number;
  readonly #logger: Logger;
  readonly #descriptors: readonly number[];
  readonly #workers = new Set<WorkerProcess>();
  stopping = false;

  constructor(
    size: number,
    gracefulTimeout: number,
    descriptors: readonly number[],
    logger: Logger,
  ) {
    super();
    this.#size = size;
    this.#gracefulTimeout = gracefulTimeout;
    this.#descriptors = descriptors;
    this.#logger = logger;
    new Watchdog({
      workers: () => this.#ready,
      limits: () => ({ boot: Number.POSITIVE_INFINITY, silence: LONGEST_SILENCE }),
      stuck: (worker) => {
        logger.error("worker stuck: it is killed", { pid: worker.pid });
        worker.kill();
      },
    });
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  get serving(): boolean {
    return this.#ready.length > 0;
  }

  start(): void {
    for (let slot = 0; slot < this.#size; slot++) void this.#fill(new Backoff());
  }

  /** The results of all workers that serve. @throws the reason of the first that fails. */
  callAll(call: Call): Promise<unknown[]> {
    return Promise.all(this.#ready.map((worker) => worker.call(call)));
  }

  /** The results that arrive in time; a worker that is stuck or dies has none. */
  async reports(call: Call): Promise<ReadonlyMap<WorkerProcess, unknown>> {
    const results = new Map<WorkerProcess, unknown>();
    const calls = this.#ready.map(async (worker) => {
      results.set(worker, await worker.call(call));
    });
    await settledWithin(REPORT_TIMEOUT, calls);
    return results;
  }

  sendAll(message: ToWorker): void {
    for (const worker of this.#workers) worker.send(message);
  }

  /** Has all workers finish and exit; those that take too long are killed. */
  async drain(): Promise<void> {
    this.stopping = true;
    for (const worker of this.#workers) worker.retire();
    const late = setTimeout(() => this.kill(), this.#gracefulTimeout);
    await Promise.all(this.workers.map(({ ended }) => ended));
    clearTimeout(late);
  }

  kill(): void {
    this.stopping = true;
    for (const worker of this.#workers) worker.kill();
  }

  get #ready(): WorkerProcess[] {
    return this.workers.filter(({ state }) => state === "ready");
  }

  /** Keeps one worker slot filled for as long as the edge runs. */
  async #fill(backoff: Backoff): Promise<void> {
    let unfit: WorkerProcess | undefined;
    while (!this.stopping) {
      const worker = this.#spawn();
      if (worker === undefined) {
        await pause(backoff.after(0));
        continue;
      }
      this.#workers.add(worker);
      worker.once("ready", () => {
        this.emit("ready", worker);
        if (unfit !== undefined) this.#retire(unfit);
        unfit = undefined;
      });
      void worker.ended.then((ending) => {
        this.#workers.delete(worker);
        this.emit("ended", worker, ending);
      });
      this.emit("spawned", worker);
      const ending = await Promise.race([worker.ended, once(worker, "unfit")]);
      if (!("code" in ending)) unfit = worker;
      if (this.stopping) return;
      const delay = backoff.after(worker.age);
      const line = { pid: worker.pid, restart_ms: delay };
      if ("code" in ending) this.#logger.error("worker died", { ...line, ...ending });
      else this.#logger.error("worker unfit: another one takes its place", line);
      await pause(delay);
    }
  }

  /** Has one worker finish and exit; it is killed if it takes too long. */
  #retire(worker: WorkerProcess): void {
    worker.retire();
    const late = setTimeout(() => worker.kill(), this.#gracefulTimeout);
    void worker.ended.then(() => clearTimeout(late));
  }

  #spawn(): WorkerProcess | undefined {
    try {
      return new WorkerProcess(this.#descriptors);
    } catch (error) {
      this.#logger.error("worker cannot be started", { reason: String(error) });
      return undefined;
    }
  }
}
