import type { Overload } from "../http/admission.ts";

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A metric as prom-client's AggregatorRegistry sums them up over the workers. */
export interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator: "sum";
  readonly values: readonly object[];
}

/**
 * What a worker counts of its requests: plain numbers, since every request is counted; prom-client
 * reads them when it is asked. Labels are bounded: a status class, never a path.
 */
export class RequestMetrics {
  readonly #classes = [0, 0, 0, 0, 0, 0];
  readonly #durations = new Distribution();
  readonly #queue = new Distribution();
  readonly #refused: Record<Overload, number> = { "queue full": 0, "waited too long": 0 };
  #begun = 0;
  #ended = 0;

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

  refuse(overload: Overload): void {
    this.#refused[overload]++;
  }

  /** Spans are milliseconds; `queued` is undefined where the request did not wait. */
  end(status: number, duration: number, queued: number | undefined): void {
    this.#ended++;
    const index = Math.trunc(status / 100);
    this.#classes[index] = (this.#classes[index] ?? 0) + 1;
    this.#durations.observe(duration / 1000);
    if (queued !== undefined) this.#queue.observe(queued / 1000);
  }

  json(): MetricJson[] {
    return [
      metric(
        "gateway_requests_total",
        "counter",
        "Requests by the class of their status",
        [
          ...this.#classes.entries().map(([index, value]) => {
            return { value, labels: { status: `${index}xx` } };
          }),
        ].slice(1),
      ),
      metric("gateway_requests_in_flight", "gauge", "Requests without a complete answer", [
        { value: this.inFlight, labels: {} },
      ]),
      metric("gateway_requests_refused_total", "counter", "Requests answered 503 by the gateway", [
        ...Object.entries(this.#refused).map(([reason, value]) => ({ value, labels: { reason } })),
      ]),
      this.#durations.json(
        "gateway_request_duration_seconds",
        "From the request's head to the end of its answer",
      ),
      this.#queue.json(
        "gateway_queue_seconds",
        "From X-Request-Start of the proxy in front to the application",
      ),
    ];
  }
}

class Distribution {
  readonly #counts = new Float64Array(BUCKETS.length);
  #sum = 0;
  #count = 0;

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    for (let index = 0; index < BUCKETS.length; index++) {
      if (value > (BUCKETS[index] ?? 0)) continue;
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
      return;
    }
  }

  json(name: string, help: string): MetricJson {
    let sum = 0;
    const buckets = BUCKETS.map((le, index) => {
      sum += this.#counts[index] ?? 0;
      return { value: sum, labels: { le }, metricName: `${name}_bucket` };
    });
    return metric(name, "histogram", help, [
      ...buckets,
      { value: this.#count, labels: { le: "+Inf" }, metricName: `${name}_bucket` },
      { value: this.#sum, labels: {}, metricName: `${name}_sum` },
      { value: this.#count, labels: {}, metricName: `${name}_count` },
    ]);
  }
}

function metric(
  name: string,
  type: MetricJson["type"],
  help: string,
  values: readonly object[],
): MetricJson {
  return { name, type, help, aggregator: "sum", values };
}
