import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** What happened in one span of the run. */
export interface Span {
  /** Seconds since the run's first sample. */
  readonly at: number;
  /** Requests that ended, a second. */
  readonly requests: number;
  /** Of those, the ones that failed. */
  readonly failed: number;
  /** Journeys that should have begun and found no virtual user free, a second. */
  readonly dropped: number;
  /** Milliseconds of a request; undefined where none ended. */
  readonly median: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  /** Virtual users that were busy or waiting. */
  readonly users: number | undefined;
}

/** A chart is about this many points wide. */
const POINTS = 300;

interface Bucket {
  requests: number;
  failed: number;
  dropped: number;
  users: number | undefined;
  readonly durations: number[];
}

/**
 * Reads the samples that k6 wrote by `--out csv` with K6_CSV_TIME_FORMAT=unix_milli.
 * @returns spans of one length, without gaps
 */
export async function readSeries(file: string): Promise<Span[]> {
  const seconds = new Map<number, Bucket>();
  let column: (name: string) => number = () => -1;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const cells = line.split(",");
    if (cells[0] === "metric_name") {
      column = (name) => cells.indexOf(name);
      continue;
    }
    const second = Math.floor(Number(cells[1]) / 1000);
    let bucket = seconds.get(second);
    if (bucket === undefined) {
      bucket = { requests: 0, failed: 0, dropped: 0, users: undefined, durations: [] };
      seconds.set(second, bucket);
    }
    take(bucket, cells[0] ?? "", Number(cells[2]), cells[column("expected_response")]);
  }
  return spansOf(seconds);
}

function take(bucket: Bucket, metric: string, value: number, expected: string | undefined): void {
  switch (metric) {
    case "http_req_duration":
      bucket.requests += 1;
      bucket.durations.push(value);
      if (expected === "false") bucket.failed += 1;
      return;
    case "dropped_iterations":
      bucket.dropped += value;
      return;
    case "vus":
      bucket.users = Math.max(bucket.users ?? 0, value);
  }
}

function spansOf(seconds: ReadonlyMap<number, Bucket>): Span[] {
  if (seconds.size === 0) return [];
  const first = Math.min(...seconds.keys());
  const last = Math.max(...seconds.keys());
  const width = Math.max(1, Math.ceil((last - first + 1) / POINTS));
  const spans: Span[] = [];
  for (let begin = first; begin <= last; begin += width) {
    const inside = Array.from({ length: width }, (_, index) => seconds.get(begin + index)).filter(
      (bucket) => bucket !== undefined,
    );
    const sum = (read: (bucket: Bucket) => number) =>
      inside.reduce((total, bucket) => total + read(bucket), 0) / width;
    const durations = inside.flatMap((bucket) => bucket.durations).sort((a, b) => a - b);
    const users = inside.flatMap((bucket) => bucket.users ?? []);
    spans.push({
      at: begin - first,
      requests: sum((bucket) => bucket.requests),
      failed: sum((bucket) => bucket.failed),
      dropped: sum((bucket) => bucket.dropped),
      median: quantile(durations, 0.5),
      p95: quantile(durations, 0.95),
      p99: quantile(durations, 0.99),
      users: users.length === 0 ? undefined : Math.max(...users),
    });
  }
  return spans;
}

/** The value below which this share of sorted values lies; undefined where there are none. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
