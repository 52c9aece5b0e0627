import { Backoff } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration.ts";
import type { GatewaySettings } from "../settings.ts";
import type { Beat } from "./messages.ts";
import type { Pool } from "./pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

const MEBIBYTE = 1024 * 1024;
/** So many beats in a row must be above --max-rss: a peak before a collection is no leak. */
const SAMPLES = 5;
/** Milliseconds after which a replacement that did not start is tried again. */
const RETRY_DELAY = 10_000;

type Limits = Pick<GatewaySettings, "maxRequests" | "maxRequestsJitter" | "maxRss" | "maxLifetime">;
type Load = Pick<Beat, "requests" | "rss" | "leaves">;

/** Replaces workers that have served enough requests, grew too large, lived long enough, or ask for it. */
export class Recycling {
  readonly #pool: Pool;
  readonly #logger: Logger;
  readonly #standing: StandingConfiguration;
  /** For workers that ask for it: an application that asks at each start would have no other work. */
  readonly #backoff = new Backoff();

  constructor(pool: Pool, standing: StandingConfiguration, logger: Logger) {
    this.#pool = pool;
    this.#standing = standing;
    this.#logger = logger;
    pool.on("spawned", (worker) => this.#follow(worker));
  }

  #follow(worker: WorkerProcess): void {
    const wear = new Wear();
    let retryAt = 0;
    worker.on("beat", (beat) => {
      if (worker.state !== "ready" || performance.now() < retryAt) return;
      const reason = wear.reason(this.#standing.settings, beat, worker.age);
      if (reason === undefined) return;
      retryAt = Number.POSITIVE_INFINITY;
      const recycle = () =>
        this.#pool.recycle(worker, reason).catch((error: unknown) => {
          retryAt = performance.now() + RETRY_DELAY;
          this.#logger.error("worker not recycled: it keeps serving", { pid: worker.pid, error });
        });
      const delay = beat.leaves === undefined ? 0 : this.#backoff.after(worker.age);
      if (delay === 0) void recycle();
      else {
        const line = { pid: worker.pid, reason, replaced_in_ms: delay };
        this.#logger.warn("worker asks to be replaced soon after its start", line);
        setTimeout(recycle, delay).unref();
      }
    });
  }
}

/** What one worker has served, grown and aged to. */
export class Wear {
  /** Workers that started together must not be replaced together. */
  readonly #jitter = Math.random();
  #heavy = 0;

  /** Call it once a beat. @returns why the worker is to be replaced; undefined while it is not */
  reason(limits: Limits, { requests, rss, leaves }: Load, age: number): string | undefined {
    if (leaves !== undefined) return leaves;
    const { maxRequests, maxRequestsJitter, maxRss, maxLifetime } = limits;
    this.#heavy = maxRss > 0 && rss > maxRss * MEBIBYTE ? this.#heavy + 1 : 0;
    if (maxRequests > 0 && requests >= maxRequests + this.#jitter * maxRequestsJitter) {
      return `${requests} requests`;
    }
    if (this.#heavy >= SAMPLES) return `${Math.round(rss / MEBIBYTE)} MiB`;
    const lifetime = maxLifetime * 1000 * (1 + this.#jitter / 10);
    return maxLifetime > 0 && age >= lifetime ? "lifetime" : undefined;
  }
}
