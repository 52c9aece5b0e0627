import type { StandingConfiguration } from "../configuration.ts";
import type { Pool } from "../pool/pool.ts";

/** What the probes are told of the pool: whether it makes progress, and whether it serves. */
export class Vitals {
  readonly #pool: Pool;
  readonly #standing: StandingConfiguration;
  #progressAt = Date.now();
  #wasWhole = false;

  constructor(pool: Pool, standing: StandingConfiguration) {
    this.#pool = pool;
    this.#standing = standing;
    pool.on("spawned", (worker) => {
      worker.on("beat", () => {
        this.#progressAt = Date.now();
      });
    });
  }

  /**
   * What is wrong, once no worker has made progress for longer than a stuck one takes to be
   * replaced: neither one that hangs for a while nor one that crashes is a reason to restart all.
   */
  trouble(): string | undefined {
    const { timeout, bootTimeout } = this.#standing.settings;
    const silence = Date.now() - this.#progressAt;
    if (silence <= timeout * 1000 + bootTimeout) return undefined;
    return `no worker has made progress for ${Math.round(silence / 1000)} s`;
  }

  /** Serving: every worker was ready once, and from then on a quorum of them is. */
  serves(): boolean {
    const { ready, size } = this.#pool;
    if (ready >= size) this.#wasWhole = true;
    return this.#wasWhole && ready * 100 >= size * this.#standing.settings.quorum;
  }
}
