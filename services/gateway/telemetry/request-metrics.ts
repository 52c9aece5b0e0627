import { counter, Distribution, gauge, histogram, type Metric } from "@gatehouse/telemetry";

/** Why a request is rejected with 503. */
export type Overload = "queue full" | "waited too long";

/** What became of a request that is another worker's: "gone" ones were served here. */
export type Passing = "passed" | "gone" | "late" | "lost";

/**
 * What a worker counts of its requests: plain numbers, since every request is counted; prom-client
 * reads them for /metrics. Labels are bounded: a status class, never a path.
 */
export class RequestMetrics {
  readonly #classes = [0, 0, 0, 0, 0, 0];
  readonly #durations = new Distribution();
  readonly #queueTimes = new Distribution();
  readonly #rejected: Record<Overload, number> = { "queue full": 0, "waited too long": 0 };
  readonly #passed: Record<Passing, number> = { passed: 0, gone: 0, late: 0, lost: 0 };
  /** Since the worker started. */
  requests = 0;
  #ended = 0;

  /** Requests without a complete response. */
  get inFlight(): number {
    return this.requests - this.#ended;
  }

  begin(): void {
    this.requests++;
  }

  reject(overload: Overload): void {
    this.#rejected[overload]++;
  }

  pass(passing: Passing): void {
    this.#passed[passing]++;
  }

  /** Another worker counts a request that has begun here. */
  uncount(): void {
    this.requests--;
  }

  /** Times are milliseconds; `queueTime` is undefined where the request did not wait. */
  end(status: number, duration: number, queueTime: number | undefined): void {
    this.#ended++;
    // RFC 9110, 15: a status above them is one of 5xx. Node lets an application send up to 999.
    const index = Math.min(Math.trunc(status / 100), 5);
    this.#classes[index] = (this.#classes[index] ?? 0) + 1;
    this.#durations.observe(duration / 1000);
    if (queueTime !== undefined) this.#queueTimes.observe(queueTime / 1000);
  }

  json(): Metric[] {
    const classes = this.#classes.map((value, index) => {
      return { value, labels: { status: `${index}xx` } };
    });
    const rejected = Object.entries(this.#rejected).map(([reason, value]) => {
      return { value, labels: { reason } };
    });
    const passed = Object.entries(this.#passed).map(([result, value]) => {
      return { value, labels: { result } };
    });
    return [
      counter("gateway_requests_total", "Requests by the class of their status", classes.slice(1)),
      gauge("gateway_requests_in_flight", "Requests without a complete response", this.inFlight),
      counter(
        "gateway_requests_refused_total",
        "Requests rejected with 503 by the gateway",
        rejected,
      ),
      counter(
        "gateway_requests_passed_on_total",
        "Requests and WebSockets that belong to another worker, by what became of them",
        passed,
      ),
      histogram(
        "gateway_request_duration_seconds",
        "From the request's head to the end of its response",
        [{ labels: {}, distribution: this.#durations }],
      ),
      histogram("gateway_queue_seconds", "From X-Request-Start to the application", [
        { labels: {}, distribution: this.#queueTimes },
      ]),
    ];
  }
}
