/** The labels of one value, and the value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it differs from the metric's: the parts of a histogram. */
  readonly metricName?: string;
}

/**
 * A metric as prom-client writes it in JSON, so that prom-client can sum it over the workers. What is
 * counted are plain numbers of their rooms; these are made when somebody asks.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** How the numbers of several workers become one. */
  readonly aggregator: "sum" | "max" | "min";
  readonly values: readonly Sample[];
}

type Numbers = number | readonly Sample[];

/** What only ever grows. */
export function counter(name: string, help: string, numbers: Numbers): Metric {
  return { name, help, type: "counter", aggregator: "sum", values: samples(numbers) };
}

/** What goes up and down, and adds up over the workers. */
export function gauge(name: string, help: string, numbers: Numbers): Metric {
  return { name, help, type: "gauge", aggregator: "sum", values: samples(numbers) };
}

/** What all workers see alike. */
export function sharedGauge(name: string, help: string, numbers: Numbers): Metric {
  return { name, help, type: "gauge", aggregator: "max", values: samples(numbers) };
}

function samples(numbers: Numbers): readonly Sample[] {
  return typeof numbers === "number" ? [{ labels: {}, value: numbers }] : numbers;
}
