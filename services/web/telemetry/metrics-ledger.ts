import { AggregatorRegistry, Counter, Gauge, Registry } from "prom-client";
import type { Workers } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { Metric } from "./metric.ts";

/**
 * The metrics of all workers, summed. What a worker had counted when it ended stays in the sum, so
 * that counters never fall; a worker that is stuck is represented by what it told last.
 */
export class Ledger {
  readonly #workers: Workers;
  readonly #told = new Map<WorkerProcess, readonly Metric[]>();
  readonly #own = new Registry();
  readonly #reloads: Counter<"result">;
  #past: readonly Metric[] = [];

  constructor(workers: Workers) {
    this.#workers = workers;
    const registers = [this.#own];
    this.#reloads = new Counter({
      name: "web_reloads_total",
      help: "Reloads of site and certificates by their result",
      labelNames: ["result"],
      registers,
    });
    const ends = new Counter({
      name: "web_worker_crashes_total",
      help: "Workers that ended without being told to",
      registers,
    });
    new Gauge({
      name: "web_workers",
      help: "Workers by state",
      labelNames: ["state"],
      registers,
      collect() {
        this.reset();
        for (const { state } of workers.list) this.inc({ state });
      },
    });
    workers.on("ended", (worker) => {
      if (!workers.ending) ends.inc();
      void this.#settle(worker);
    });
  }

  reloaded(result: "done" | "refused"): void {
    this.#reloads.inc({ result });
  }

  /** Prometheus' text format. */
  async text(): Promise<string> {
    for (const [worker, told] of await this.#workers.survey({ about: "metrics" })) {
      this.#told.set(worker, told as readonly Metric[]);
    }
    const sum = AggregatorRegistry.aggregate([this.#past, ...this.#told.values()].map(mutable));
    return `${await this.#own.metrics()}\n${await sum.metrics()}`;
  }

  /** Adds what only ever grows to the sum of those that are no more. */
  async #settle(worker: WorkerProcess): Promise<void> {
    const last = this.#told.get(worker) ?? [];
    this.#told.delete(worker);
    const growing = last.filter(({ type }) => type === "counter" || type === "histogram");
    const sum = AggregatorRegistry.aggregate([this.#past, growing].map(mutable));
    this.#past = (await sum.getMetricsAsJSON()) as unknown as readonly Metric[];
  }
}

function mutable(metrics: readonly object[]): object[] {
  return [...metrics];
}
