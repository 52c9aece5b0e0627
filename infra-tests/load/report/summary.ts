import { readFileSync } from "node:fs";

/** What k6 hands to handleSummary, as far as it is shown. */
export interface Summary {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly state: { readonly testRunDurationMs: number };
}

export interface Metric {
  readonly type: "counter" | "gauge" | "rate" | "trend";
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export interface Verdict {
  readonly metric: string;
  /** What must hold: "p(95)<1000". */
  readonly rule: string;
  readonly ok: boolean;
  /** What was measured. */
  readonly measured: string;
}

export function readSummary(file: string): Summary {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Every threshold of the run with its verdict, those that failed first. */
export function verdictsOf({ metrics }: Summary): Verdict[] {
  return Object.entries(metrics)
    .flatMap(([metric, { values, thresholds = {} }]) =>
      Object.entries(thresholds).map(([rule, { ok }]) => {
        const [statistic = ""] = /^[a-z]+(\([\d.]+\))?/.exec(rule) ?? [];
        return { metric, rule, ok, measured: measured(values[statistic]) };
      }),
    )
    .sort((a, b) => Number(a.ok) - Number(b.ok));
}

/** One journey's own figures, from the metrics that its thresholds made k6 keep apart. */
export interface JourneyFigures {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  readonly median: number;
  readonly p95: number;
}

export function journeysOf({ metrics }: Summary): JourneyFigures[] {
  return Object.entries(metrics).flatMap(([key, { values }]) => {
    const name = /^http_req_duration\{scenario:([\w-]+)\}$/.exec(key)?.[1];
    if (name === undefined) return [];
    const failures = metrics[`http_req_failed{scenario:${name}}`]?.values ?? {};
    // Of the rate "failed", a pass is a request that did fail.
    const { passes: failed = 0, fails: fine = 0 } = failures;
    const { med: median = 0, "p(95)": p95 = 0 } = values;
    return [{ name, requests: failed + fine, failed, median, p95 }];
  });
}

function measured(value: number | undefined): string {
  if (value === undefined) return "nothing";
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
