import { setTimeout as pause } from "node:timers/promises";
import { AggregatorRegistry, Counter, Gauge, Registry } from "prom-client";
import { Mutex } from "./mutex.ts";
import { WORKER_STATES, type WorkerState } from "./worker-state.ts";

type Metrics = readonly object[];

/**
 * The primary's own metrics, and the sum of its workers'. The counts of ended workers stay in it, so
 * that counters never fall; a stuck worker counts with its last report.
 */
export class WorkerMetrics<Worker extends { readonly state: WorkerState }> {
  readonly registry = new Registry();
  readonly #reloads: Counter<"result">;
  readonly #reports = new Map<Worker, Metrics>();
  readonly #mutex = new Mutex();
  #ended: Metrics = [];

  /** @param prefix of the metrics' names: "web", "gateway" */
  constructor(prefix: string, workers: () => readonly Worker[]) {
    const registers = [this.registry];
    this.#reloads = new Counter({
      name: `${prefix}_reloads_total`,
      help: "Reloads by their result",
      labelNames: ["result"],
      registers,
    });
    new Gauge({
      name: `${prefix}_workers`,
      help: "Workers by state",
      labelNames: ["state"],
      registers,
      collect() {
        for (const state of WORKER_STATES.filter((one) => one !== "dead")) {
          this.set({ state }, workers().filter((worker) => worker.state === state).length);
        }
      },
    });
  }

  reloaded(result: string): void {
    this.#reloads.inc({ result });
  }

  report(worker: Worker, metrics: Metrics): void {
    this.#reports.set(worker, metrics);
  }

  /**
   * Keeps what an ended worker had counted. A gauge ends with its worker.
   * @throws Error for a metric that cannot be summed: an application may define such a one
   */
  end(worker: Worker): Promise<void> {
    // One after the other: two workers that end together must not overwrite each other's sum.
    return this.#mutex.run(async () => {
      const last = this.#reports.get(worker) ?? [];
      this.#reports.delete(worker);
      const growing = last.filter(
        (metric) => "type" in metric && (metric.type === "counter" || metric.type === "histogram"),
      );
      this.#ended = await sum([this.#ended, growing]).getMetricsAsJSON();
    });
  }

  /**
   * Forgets what workers that have ended, or are stuck, had counted of something that begins anew.
   * @param prefix of the names of its metrics
   */
  forget(prefix: string): Promise<void> {
    return this.#mutex.run(async () => {
      const others = (metrics: Metrics) =>
        metrics.filter((metric) => !("name" in metric && `${metric.name}`.startsWith(prefix)));
      this.#ended = others(this.#ended);
      for (const [worker, metrics] of this.#reports) this.#reports.set(worker, others(metrics));
    });
  }

  /** Prometheus' text format. @throws Error for a metric that cannot be summed */
  text(): Promise<string> {
    return this.#mutex.run(async () => {
      const workers = await sum([this.#ended, ...this.#reports.values()]).metrics();
      return `${await this.registry.metrics()}\n${workers}`;
    });
  }
}

export async function settledWithin(
  limit: number,
  promises: readonly Promise<unknown>[],
): Promise<void> {
  const over = new AbortController();
  const late = pause(limit, undefined, { ref: false, signal: over.signal });
  await Promise.race([late, Promise.allSettled(promises)]);
  over.abort();
  await late.catch(() => undefined);
}

function sum(all: readonly Metrics[]): Registry {
  return AggregatorRegistry.aggregate(all.map((metrics) => [...metrics]));
}
