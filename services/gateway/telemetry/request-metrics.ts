/** Upper bounds of the histograms' buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Why a request is rejected with 503. */
export type Overload = "queue full" | "waited too long";

/** A metric as prom-client's AggregatorRegistry sums them over the workers. */
export interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator: "sum";
  readonly values: readonly object[];
}

/** Plain numbers, since every request is counted. Labels are bounded: a class, never a path. */
export class RequestMetrics {
  readonly #classes = [0, 0, 0, 0, 0, 0];
  readonly #durations = new Distribution();
  readonly #queueTimes = new Distribution();
  readonly #rejected: Record<Overload, number> = { "queue full": 0, "waited too long": 0 };
  #begun = 0;
  #ended = 0;

  /** Requests without a complete response. */
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

  reject(overload: Overload): void {
    this.#rejected[overload]++;
  }

  /** Times are milliseconds; `queueTime` is undefined where the request did not wait. */
  end(status: number, duration: number, queueTime: number | undefined): void {
    this.#ended++;
    const index = Math.trunc(status / 100);
    this.#classes[index] = (this.#classes[index] ?? 0) + 1;
    this.#durations.observe(duration / 1000);
    if (queueTime !== undefined) this.#queueTimes.observe(queueTime / 1000);
  }

  json(): MetricJson[] {
    const [, ...classes] = this.#classes.map((value, index) => {
      return { value, labels: { status: `${index}xx` } };
    });
    const rejected = Object.entries(this.#rejected).map(([reason, value]) => {
      return { value, labels: { reason } };
    });
    const inFlight = [{ value: this.inFlight, labels: {} }];
    return [
      metric("gateway_requests_total", "counter", "Requests by status class", classes),
      metric(
        "gateway_requests_in_flight",
        "gauge",
        "Requests without a complete response",
        inFlight,
      ),
      metric("gateway_requests_refused_total", "counter", "Requests rejected with 503", rejected),
      this.#durations.json(
        "gateway_request_duration_seconds",
        "From the request's head to the response's end",
      ),
      this.#queueTimes.json("gateway_queue_seconds", "From X-Request-Start to the application"),
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
