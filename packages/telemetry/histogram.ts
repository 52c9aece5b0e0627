import type { Metric, Sample } from "./metric.ts";

export function histogram(
  name: string,
  help: string,
  series: readonly { readonly labels: Sample["labels"]; readonly distribution: Distribution }[],
): Metric {
  const values = series.flatMap(({ labels, distribution }) => distribution.samples(name, labels));
  return { name, help, type: "histogram", aggregator: "sum", values };
}

/** Upper bounds in seconds: both services have the same, so that their durations compare. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class Distribution {
  /** The values of each bucket alone, and last those above all bounds. */
  readonly #counts = new Float64Array(BUCKETS.length + 1);
  #sum = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < BUCKETS.length && seconds > (BUCKETS[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** The parts of a histogram in Prometheus' text format, where buckets are cumulative. */
  samples(name: string, labels: Sample["labels"]): Sample[] {
    let count = 0;
    const buckets = Array.from(this.#counts, (own, at) => {
      count += own;
      const le = at < BUCKETS.length ? String(BUCKETS[at]) : "+Inf";
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
