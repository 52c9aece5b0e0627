import type { Logger } from "@gatehouse/telemetry";
import { WorkerProcess } from "./worker-process.ts";

const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** A worker that lived this long did not crash in a loop. */
const SOUND_LIFE = 10_000;

/** Keeps a number of workers running: one that ends is replaced, in a crash loop ever later. */
export class Pool {
  readonly #size: number;
  readonly #bootTimeout: number;
  readonly #logger: Logger;
  readonly #workers = new Set<WorkerProcess>();
  readonly #respawns = new Set<NodeJS.Timeout>();
  #crashes = 0;
  #stopping = false;
  #empty: (() => void) | undefined;

  /** @param bootTimeout milliseconds that a worker may take to become ready. */
  constructor(size: number, bootTimeout: number, logger: Logger) {
    this.#size = size;
    this.#bootTimeout = bootTimeout;
    this.#logger = logger;
  }

  get size(): number {
    return this.#size;
  }

  get ready(): number {
    let ready = 0;
    for (const worker of this.#workers) if (worker.state === "ready") ready++;
    return ready;
  }

  status() {
    return [...this.#workers].map((worker) => worker.status());
  }

  start(): void {
    while (this.#workers.size < this.#size) this.#spawn();
  }

  /** Workers keep accepting, but ask their clients to leave. */
  lameDuck(): void {
    this.#stopping = true;
    for (const respawn of this.#respawns) clearTimeout(respawn);
    for (const worker of this.#workers) worker.tell({ type: "lame-duck" });
  }

  /** Resolves when every worker has ended; after `deadline` ms what is left is killed. */
  async drain(deadline: number): Promise<void> {
    this.#stopping = true;
    for (const worker of this.#workers) worker.tell({ type: "drain" });
    const cut = setTimeout(() => {
      this.#logger.warn("graceful timeout: requests were cut", { workers: this.#workers.size });
      this.kill();
    }, deadline);
    if (this.#workers.size > 0) {
      await new Promise<void>((empty) => {
        this.#empty = empty;
      });
    }
    clearTimeout(cut);
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill();
  }

  #spawn(): void {
    const worker = new WorkerProcess();
    this.#workers.add(worker);
    const late = setTimeout(() => {
      this.#logger.error("worker took too long to start", { pid: worker.pid });
      worker.kill();
    }, this.#bootTimeout);
    worker.onReady((port) => {
      clearTimeout(late);
      this.#logger.info("worker state", { pid: worker.pid, from: "starting", to: "ready", port });
    });
    worker.onExit((code, signal) => {
      clearTimeout(late);
      this.#bury(worker, code, signal);
    });
  }

  #bury(worker: WorkerProcess, code: number | null, signal: string | null): void {
    this.#workers.delete(worker);
    const line = { pid: worker.pid, code, signal, reason: worker.failure };
    if (this.#stopping) {
      this.#logger.info("worker ended", line);
      if (this.#workers.size === 0) this.#empty?.();
      return;
    }
    this.#crashes = Date.now() - worker.startedAt < SOUND_LIFE ? this.#crashes + 1 : 0;
    const delay = this.#crashes === 0 ? 0 : backoff(this.#crashes);
    this.#logger.error("worker died", { ...line, replaced_in_ms: delay });
    const respawn = setTimeout(() => {
      this.#respawns.delete(respawn);
      this.#spawn();
    }, delay);
    this.#respawns.add(respawn);
  }
}

function backoff(crashes: number): number {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (crashes - 1));
}
