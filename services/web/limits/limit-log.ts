import { counter, type Logger, type Metric } from "@gatehouse/telemetry";

/** What a client can have too much of; the label of web_limited_total. */
export type Limit =
  | "connections"
  | "client-connections"
  | "connection-requests"
  | "requests"
  | "long-responses"
  | "memory"
  | "upstream"
  | "rate"
  | "route-rate"
  | "slow-reader";

/** Milliseconds between two lines of a kind: a flood of requests becomes no flood of lines. */
const QUIET = 5000;

/** Counts how often each limit was reached, and logs it now and then. */
export class LimitLog {
  readonly #logger: Logger;
  readonly #dryRun: boolean;
  readonly counts = new Map<Limit, number>();
  readonly #logged = new Map<Limit, { at: number; count: number }>();

  constructor(logger: Logger, dryRun: boolean) {
    this.#logger = logger;
    this.#dryRun = dryRun;
  }

  metrics(): Metric[] {
    const values = [...this.counts].map(([limit, value]) => ({ labels: { limit }, value }));
    const help = "How often a limit for clients was reached, dry runs included";
    return [counter("web_limited_total", help, values)];
  }

  /** @param dryRun whether the client is served all the same */
  note(limit: Limit, client: string, dryRun = this.#dryRun): void {
    const count = (this.counts.get(limit) ?? 0) + 1;
    this.counts.set(limit, count);
    const now = performance.now();
    const logged = this.#logged.get(limit);
    if (logged !== undefined && now - logged.at < QUIET) return;
    this.#logged.set(limit, { at: now, count });
    const times = count - (logged?.count ?? 0);
    this.#logger.warn("limited", { limit, client, times, dry_run: dryRun });
  }
}
