import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration/configuration.ts";
import type { Pool } from "./pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

const MEBIBYTE = 1024 * 1024;
/** So many beats in a row must be above --max-rss: a peak before a collection is no leak. */
const SAMPLES = 5;
/** Milliseconds after which a replacement that did not start is tried again. */
const RETRY_DELAY = 10_000;

/** Replaces workers that have served enough requests, grew too large, or lived long enough. */
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
    // Workers that started together must not be replaced together.
    const jitter = Math.random();
    let heavy = 0;
    let retryAt = 0;
    worker.on("beat", ({ requests, rss }) => {
      if (worker.state !== "ready" || performance.now() < retryAt) return;
      const { maxRequests, maxRequestsJitter, maxRss, maxLifetime } = this.#standing.settings;
      heavy = maxRss > 0 && rss > maxRss * MEBIBYTE ? heavy + 1 : 0;
      const lifetime = maxLifetime * 1000 * (1 + jitter / 10);
      const served = maxRequests > 0 && requests >= maxRequests + jitter * maxRequestsJitter;
      const aged = maxLifetime > 0 && worker.age >= lifetime;
      const reason = served
        ? `${requests} requests`
        : heavy >= SAMPLES
          ? `${Math.round(rss / MEBIBYTE)} MiB`
          : aged && "lifetime";
      if (!reason) return;
      retryAt = Number.POSITIVE_INFINITY;
      this.#pool.recycle(worker, reason).catch((error: unknown) => {
        retryAt = performance.now() + RETRY_DELAY;
        this.#logger.error("worker not recycled: it keeps serving", { pid: worker.pid, error });
      });
    });
  }
}
