import { once } from "node:events";
import { settledWithin, WorkerMetrics } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import { Counter, Gauge } from "prom-client";
import type { Pool } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { Listener } from "../primary/listener.ts";

/** Milliseconds that workers have for reporting their metrics. */
const REPORT_TIMEOUT = 500;

export class PrimaryMetrics {
  readonly #pool: Pool;
  readonly #metrics: WorkerMetrics<WorkerProcess>;

  constructor(pool: Pool, listener: Listener, logger: Logger) {
    this.#pool = pool;
    this.#metrics = new WorkerMetrics("gateway", () => pool.workers);
    const registers = [this.#metrics.registry];
    const ends = new Counter({
      name: "gateway_worker_ends_total",
      help: "Workers that ended, by cause",
      labelNames: ["cause"],
      registers,
    });
    new Gauge({
      name: "gateway_connections_waiting",
      help: "Connections that no worker has been given yet",
      registers,
      collect() {
        this.set(listener.waiting);
      },
    });
    pool.on("spawned", (worker) => {
      worker.on("metrics", (metrics) => this.#metrics.report(worker, metrics));
    });
    pool.on("ended", (worker, { cause }) => {
      ends.inc({ cause });
      this.#metrics.end(worker).catch((error: unknown) => {
        // The application defines metrics too, perhaps such that cannot be summed.
        logger.error("metrics of an ended worker are lost", { pid: worker.pid, error });
      });
    });
  }

  reloaded(result: "done" | "aborted"): void {
    this.#metrics.reloaded(result);
  }

  async text(): Promise<string> {
    const workers = this.#pool.workers.filter(({ state }) => state !== "starting");
    // Ends all waiting: otherwise listeners of stuck workers would accumulate.
    const over = new AbortController();
    const { signal } = over;
    const reports = workers.map((worker) => {
      const report = [once(worker, "metrics", { signal }), once(worker, "dead", { signal })];
      worker.send({ type: "report-metrics" });
      return Promise.race(report);
    });
    await settledWithin(REPORT_TIMEOUT, reports).finally(() => over.abort());
    return await this.#metrics.text();
  }
}
