import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@gatehouse/telemetry";
import { AggregatorRegistry, Counter, Gauge, Registry } from "prom-client";
import type { Pool } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { Listener } from "../primary/listener.ts";

/** How long a scrape waits for the workers, in ms; the last known numbers serve for the others. */
const PATIENCE = 500;

/** A metric as a worker tells it. */
interface Told {
  readonly type?: unknown;
}

/**
 * The metrics of all workers, summed. What a worker had counted when it ended stays in the sum, so
 * that counters never fall; a worker that is stuck is represented by what it told last.
 */
export class MetricsLedger {
  readonly #pool: Pool;
  readonly #told = new Map<WorkerProcess, readonly object[]>();
  readonly #own = new Registry();
  readonly #reloads: Counter<"result">;
  #past: readonly object[] = [];

  constructor(pool: Pool, listener: Listener, logger: Logger) {
    this.#pool = pool;
    const registers = [this.#own];
    const ends = new Counter({
      name: "gateway_worker_ends_total",
      help: "Workers that ended, by cause",
      labelNames: ["cause"],
      registers,
    });
    this.#reloads = new Counter({
      name: "gateway_reloads_total",
      help: "Reloads by their result",
      labelNames: ["result"],
      registers,
    });
    new Gauge({
      name: "gateway_workers",
      help: "Workers by state",
      labelNames: ["state"],
      registers,
      collect() {
        for (const state of ["starting", "ready", "retiring"] as const) {
          this.set({ state }, pool.workers.filter((worker) => worker.state === state).length);
        }
      },
    });
    new Gauge({
      name: "gateway_connections_waiting",
      help: "Connections that no worker has been handed yet",
      registers,
      collect() {
        this.set(listener.waiting);
      },
    });
    pool.on("spawned", (worker) => {
      worker.on("metrics", (metrics) => this.#told.set(worker, metrics));
    });
    pool.on("ended", (worker, { cause }) => {
      ends.inc({ cause });
      this.#settle(worker).catch((error: unknown) => {
        // Metrics are the application's to define, wrongly too.
        logger.error("metrics of an ended worker are lost", { pid: worker.pid, error });
      });
    });
  }

  reloaded(result: "done" | "aborted"): void {
    this.#reloads.inc({ result });
  }

  /** Prometheus' text format. */
  async text(): Promise<string> {
    await this.#ask();
    const sum = AggregatorRegistry.aggregate([this.#past, ...this.#told.values()].map(mutable));
    return `${await this.#own.metrics()}\n${await sum.metrics()}`;
  }

  async #ask(): Promise<void> {
    const workers = this.#pool.workers.filter(({ state }) => state !== "starting");
    // Ends all waiting, also for the ends of workers that have answered.
    const over = new AbortController();
    const { signal } = over;
    const patience = pause(PATIENCE, undefined, { ref: false, signal });
    const answers = workers.map((worker) => {
      const answered = [once(worker, "metrics", { signal }), once(worker, "dead", { signal })];
      worker.tell({ type: "tell-metrics" });
      return Promise.race(answered);
    });
    await Promise.race([patience, Promise.all(answers)]).finally(() => over.abort());
  }

  /** Adds what only ever grows to the sum of those that are no more. */
  async #settle(worker: WorkerProcess): Promise<void> {
    const last = this.#told.get(worker) ?? [];
    this.#told.delete(worker);
    const growing = last.filter(({ type }: Told) => type === "counter" || type === "histogram");
    const before = this.#past;
    const sum = AggregatorRegistry.aggregate([before, growing].map(mutable));
    this.#past = await sum.getMetricsAsJSON();
  }
}

function mutable(metrics: readonly object[]): object[] {
  return [...metrics];
}
