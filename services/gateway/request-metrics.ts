import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What a worker counts of its requests. Labels are bounded: a status class, never a path. */
export class RequestMetrics {
  readonly #requests: Counter<"status">;
  readonly #durations: Histogram;
  readonly #queue: Histogram;
  #begun = 0;
  #ended = 0;

  constructor(registry: Registry) {
    const registers = [registry];
    const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    this.#requests = new Counter({
      name: "gateway_requests_total",
      help: "Requests by the class of their status",
      labelNames: ["status"],
      registers,
    });
    this.#durations = new Histogram({
      name: "gateway_request_duration_seconds",
      help: "From the request's head to the end of its answer",
      buckets,
      registers,
    });
    this.#queue = new Histogram({
      name: "gateway_queue_seconds",
      help: "From X-Request-Start of the proxy in front to the worker",
      buckets,
      registers,
    });
    const inFlight = () => this.inFlight;
    new Gauge({
      name: "gateway_requests_in_flight",
      help: "Requests without a complete answer",
      registers,
      collect() {
        this.set(inFlight());
      },
    });
  }

  /** Requests without a complete answer. */
  get inFlight(): number {
    return this.#begun - this.#ended;
  }

  /** Requests since the worker started. */
  get requests(): number {
    return this.#begun;
  }

  begin(): void {
    this.#begun++;
  }

  /** Spans are milliseconds; `queued` is undefined where the proxy in front did not tell. */
  end(status: number, duration: number, queued: number | undefined): void {
    this.#ended++;
    this.#requests.inc({ status: `${Math.floor(status / 100)}xx` });
    this.#durations.observe(duration / 1000);
    if (queued !== undefined) this.#queue.observe(queued / 1000);
  }
}
