import type { Logger } from "@gatehouse/telemetry";

/** What a client can have too much of. */
export type Limit = "connections" | "client-connections" | "rate" | "route-rate" | "slow-reader";

/** No flood of requests becomes a flood of lines: the time between two of a kind, in ms. */
const QUIET = 5000;

/** Counts what was limited, and tells of it now and then. */
export class LimitLog {
  readonly #logger: Logger;
  readonly #dryRun: boolean;
  readonly #counts = new Map<Limit, number>();
  readonly #told = new Map<Limit, { at: number; count: number }>();

  constructor(logger: Logger, dryRun: boolean) {
    this.#logger = logger;
    this.#dryRun = dryRun;
  }

  /** How often each limit was reached since the start. */
  get counts(): ReadonlyMap<Limit, number> {
    return this.#counts;
  }

  /** @param dryRun whether this limit is only tried out, where the setting says so */
  note(limit: Limit, client: string, dryRun = this.#dryRun): void {
    const count = (this.#counts.get(limit) ?? 0) + 1;
    this.#counts.set(limit, count);
    const now = performance.now();
    const told = this.#told.get(limit);
    if (told !== undefined && now - told.at < QUIET) return;
    this.#told.set(limit, { at: now, count });
    const times = count - (told?.count ?? 0);
    this.#logger.warn("limited", { limit, client, times, dry_run: dryRun });
  }
}
