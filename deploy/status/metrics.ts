export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A moment's metrics, by name. */
export type Metrics = ReadonlyMap<string, readonly Sample[]>;

/** Above this bound of a histogram nothing is counted: streams end after minutes, and are not slow. */
const LONGEST_SECONDS = 10;

/** Reads Prometheus' text format. */
export function readMetrics(text: string): Metrics {
  const metrics = new Map<string, Sample[]>();
  for (const [, name = "", inside = "", value] of text.matchAll(
    /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gm,
  )) {
    const labels = inside.matchAll(/(?:^|,)(\w+)="((?:[^"\\]|\\.)*)"/g);
    const samples = metrics.get(name) ?? [];
    metrics.set(name, samples);
    samples.push({
      labels: Object.fromEntries([...labels].map(([, label, word]) => [label, word])),
      value: Number(value),
    });
  }
  return metrics;
}

type Labels = Readonly<Record<string, string>>;

/** The sum of a metric's samples that have these labels; 0 if there are none. */
export function sumOf(metrics: Metrics, name: string, labels: Labels = {}): number {
  const wanted = Object.entries(labels);
  return (metrics.get(name) ?? [])
    .filter((sample) => wanted.every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Two readings of one process, and the seconds between them. */
export interface Interval {
  readonly before: Metrics;
  readonly after: Metrics;
  readonly seconds: number;
}

/** How much a counter grew in a second, over all intervals. A process that started anew begins at 0. */
export function rateOf(intervals: readonly Interval[], name: string, labels: Labels = {}): number {
  return intervals.reduce((sum, { before, after, seconds }) => {
    const [from, to] = [sumOf(before, name, labels), sumOf(after, name, labels)];
    return sum + (to < from ? to : to - from) / seconds;
  }, 0);
}

/**
 * The 99th percentile of a histogram over all intervals, in seconds, interpolated within its bucket as
 * Prometheus does. Undefined without values.
 */
export function p99Of(
  intervals: readonly Interval[],
  name: string,
  labels: Labels = {},
): number | undefined {
  const bounds = new Map<number, number>();
  for (const { before, after } of intervals) {
    for (const { labels: own } of after.get(`${name}_bucket`) ?? []) {
      const bound = Number(own.le);
      if (!(bound <= LONGEST_SECONDS) || bounds.has(bound)) continue;
      bounds.set(bound, 0);
    }
    for (const [bound, count] of bounds) {
      const bucket = { ...labels, le: String(bound) };
      const [from, to] = [before, after].map((one) => sumOf(one, `${name}_bucket`, bucket));
      bounds.set(bound, count + growth(from ?? 0, to ?? 0));
    }
  }
  const buckets = [...bounds].sort(([a], [b]) => a - b);
  const wanted = 0.99 * (buckets.at(-1)?.[1] ?? 0);
  if (wanted === 0) return undefined;
  let [low, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= wanted) return low + ((bound - low) * (wanted - below)) / (count - below);
    [low, below] = [bound, count];
  }
  return undefined;
}

function growth(from: number, to: number): number {
  return to < from ? to : to - from;
}
