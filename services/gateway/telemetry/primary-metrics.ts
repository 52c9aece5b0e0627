import { once } from "node:events";
import { settledWithin, WorkerMetrics } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import { Counter, Gauge } from "prom-client";
import type { Pool } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { Listener } from "../primary/listener.ts";

/** Milliseconds that workers have for reporting their metrics. */
const REPORT_TIMEOUT = 500;

export class PrimaryMetrics extends WorkerMetrics<WorkerProcess> {
  readonly #pool: Pool;

  constructor(pool: Pool, listener: Listener, logger: Logger) {
    super("gateway", () => pool.workers);
    this.#pool = pool;
    const registers = [this.registry];
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
      worker.on("metrics", (metrics) => this.report(worker, metrics));
    });
    pool.on("ended", (worker, { cause }) => {
      ends.inc({ cause });
      this.end(worker).catch((error: unknown) => {
        // The application defines metrics too, perhaps such that cannot be summed.
        logger.error("metrics of an ended worker are lost", { pid: worker.pid, error });
      });
    });
  }

  override async text(): Promise<string> {
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
    return await super.text();
  }
}
