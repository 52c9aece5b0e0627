import type { StandingConfiguration } from "../configuration.ts";
import type { Pool } from "../pool/pool.ts";

/** What /livez and /readyz report of the pool: whether it makes progress, and whether it serves. */
export class Health {
  readonly #pool: Pool;
  readonly #standing: StandingConfiguration;
  #progressAt = performance.now();
  #wasComplete = false;

  constructor(pool: Pool, standing: StandingConfiguration) {
    this.#pool = pool;
    this.#standing = standing;
    pool.on("spawned", (worker) => {
      worker.on("beat", () => {
        this.#progressAt = performance.now();
      });
    });
  }

  /**
   * What is wrong, once no worker has made progress for longer than the replacement of a stuck one
   * takes. A worker that hangs for a while, or crashes, is no reason to restart the gateway.
   */
  failure(): string | undefined {
    const { timeout, bootTimeout } = this.#standing.settings;
    const silence = performance.now() - this.#progressAt;
    if (silence <= timeout * 1000 + bootTimeout) return undefined;
    return `no worker has made progress for ${Math.round(silence / 1000)} s`;
  }

  /** Serving: every worker was ready once, and since then a quorum of them is. */
  serves(): boolean {
    const { ready, size } = this.#pool;
    if (ready >= size) this.#wasComplete = true;
    return this.#wasComplete && ready * 100 >= size * this.#standing.settings.quorum;
  }
}
