import { WorkerMetrics } from "@gatehouse/processes";
import type { Metric } from "@gatehouse/telemetry";
import { Counter } from "prom-client";
import type { Pool } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";

export class PrimaryMetrics extends WorkerMetrics<WorkerProcess> {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    super("web", () => pool.workers);
    this.#pool = pool;
    const crashes = new Counter({
      name: "web_worker_crashes_total",
      help: "Workers that ended although the edge did not stop",
      registers: [this.registry],
    });
    pool.on("ended", (worker) => {
      if (!pool.stopping) crashes.inc();
      void this.end(worker);
    });
  }

  override async text(): Promise<string> {
    for (const [worker, metrics] of await this.#pool.reports({ about: "metrics" })) {
      this.report(worker, metrics as readonly Metric[]);
    }
    return await super.text();
  }
}
