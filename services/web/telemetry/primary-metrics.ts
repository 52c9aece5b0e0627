import { WorkerMetrics } from "@gatehouse/processes";
import type { Metric } from "@gatehouse/telemetry";
import { Counter } from "prom-client";
import type { Pool } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";

export class PrimaryMetrics {
  readonly #pool: Pool;
  readonly #metrics: WorkerMetrics<WorkerProcess>;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#metrics = new WorkerMetrics("web", () => pool.workers);
    const crashes = new Counter({
      name: "web_worker_crashes_total",
      help: "Workers that ended although the edge did not stop",
      registers: [this.#metrics.registry],
    });
    pool.on("ended", (worker) => {
      if (!pool.stopping) crashes.inc();
      void this.#metrics.end(worker);
    });
  }

  reloaded(result: "done" | "refused"): void {
    this.#metrics.reloaded(result);
  }

  async text(): Promise<string> {
    for (const [worker, metrics] of await this.#pool.reports({ about: "metrics" })) {
      this.#metrics.report(worker, metrics as readonly Metric[]);
    }
    return await this.#metrics.text();
  }
}
