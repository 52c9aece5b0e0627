export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it differs from the metric's: the parts of a histogram. */
  readonly metricName?: string;
}

/**
 * A metric as prom-client writes it in JSON, so that prom-client can sum it over the workers. What a
 * request counts are plain numbers: metrics are made of them only when /metrics is read.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator: "sum" | "max" | "min";
  readonly values: readonly Sample[];
}

type Values = number | readonly Sample[];

/** What only ever grows. */
export function counter(name: string, help: string, values: Values): Metric {
  return { name, help, type: "counter", aggregator: "sum", values: samples(values) };
}

/** What goes up and down, and adds up over the workers. */
export function gauge(name: string, help: string, values: Values): Metric {
  return { name, help, type: "gauge", aggregator: "sum", values: samples(values) };
}

/** What is the same in all workers. */
export function sharedGauge(name: string, help: string, values: Values): Metric {
  return { name, help, type: "gauge", aggregator: "max", values: samples(values) };
}

function samples(values: Values): readonly Sample[] {
  return typeof values === "number" ? [{ labels: {}, value: values }] : values;
}
