import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration.ts";
import type { Pool } from "./pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

const MEBIBYTE = 1024 * 1024;
/** Beats in a row that must be above --max-rss: a peak before a collection is no leak. */
const SAMPLES = 5;
/** A replacement that did not start is tried again after this many ms. */
const RETRY = 10_000;

/** Has workers replaced that served enough requests, grew too large, or lived long enough. */
export class Recycling {
  readonly #pool: Pool;
  readonly #logger: Logger;
  readonly #standing: StandingConfiguration;

  constructor(pool: Pool, standing: StandingConfiguration, logger: Logger) {
    this.#pool = pool;
    this.#standing = standing;
    this.#logger = logger;
    pool.on("spawned", (worker) => this.#follow(worker));
  }

  #follow(worker: WorkerProcess): void {
    // Workers that began together must not become due together.
    const luck = Math.random();
    let heavy = 0;
    let triedAt = 0;
    worker.on("beat", ({ requests, rss }) => {
      if (worker.state !== "ready" || Date.now() - triedAt < RETRY) return;
      const { maxRequests, maxRequestsJitter, maxRss, maxLifetime } = this.#standing.settings;
      heavy = maxRss > 0 && rss > maxRss * MEBIBYTE ? heavy + 1 : 0;
      const lifetime = maxLifetime * 1000 * (1 + luck / 10);
      const served = maxRequests > 0 && requests >= maxRequests + luck * maxRequestsJitter;
      const aged = maxLifetime > 0 && Date.now() - worker.startedAt >= lifetime;
      const reason = served
        ? `${requests} requests`
        : heavy >= SAMPLES
          ? `${Math.round(rss / MEBIBYTE)} MiB`
          : aged && "lifetime";
      if (!reason) return;
      triedAt = Number.POSITIVE_INFINITY;
      this.#pool.recycle(worker, reason).catch((error: unknown) => {
        triedAt = Date.now();
        this.#logger.error("worker not recycled: it keeps serving", { pid: worker.pid, error });
      });
    });
  }
}
