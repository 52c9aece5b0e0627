/**
 * The load over time. Data and arithmetic only: k6 runs this file, and Node reads it to check the
 * settings and to write the report.
 */

export interface Shape {
  /** What the suite is for. */
  readonly why: string;
  /** Journeys that start in a second, where the factor is 1. */
  readonly rate: number;
  /** As k6 writes it: "20s", "5m". */
  readonly duration: string;
  /** The factor at the start, then stages: the share of the time, and the factor at its end. */
  readonly start: number;
  readonly stages: readonly (readonly [share: number, factor: number])[];
  /** The thresholds of the suite, beside the p95 of each journey. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
  /** The highest p95 of every journey, in milliseconds; undefined if there is none. */
  readonly p95: number | undefined;
  /**
   * The run ends when a threshold is crossed. That is a pass if the load had reached this factor, and
   * a failure before that.
   */
  readonly breaksAfter?: number;
}

const FLAWLESS = {
  http_req_failed: ["rate==0"],
  checks: ["rate==1"],
  dropped_iterations: ["count==0"],
} as const;

/** The default rates are for two processors that also run k6 itself. */
export const shapes = {
  smoke: {
    why: "Does every journey work at all?",
    rate: 10,
    duration: "20s",
    start: 1,
    stages: [[1, 1]],
    thresholds: FLAWLESS,
    p95: 1500,
  },
  average: {
    why: "Does an ordinary hour feel quick?",
    rate: 10,
    duration: "3m",
    start: 0.1,
    stages: [
      [0.1, 1],
      [0.8, 1],
      [0.1, 0.1],
    ],
    thresholds: {
      http_req_failed: ["rate<0.001"],
      checks: ["rate>0.999"],
      dropped_iterations: ["count==0"],
    },
    p95: 800,
  },
  stress: {
    why: "What does four times the usual do to it?",
    rate: 10,
    duration: "5m",
    start: 1,
    stages: [
      [0.2, 1],
      [0.1, 2],
      [0.2, 2],
      [0.1, 4],
      [0.3, 4],
      [0.1, 1],
    ],
    thresholds: { http_req_failed: ["rate<0.02"], checks: ["rate>0.98"] },
    p95: 3000,
  },
  spike: {
    why: "Does it survive a rush, and work as before afterwards?",
    rate: 10,
    duration: "150s",
    start: 1,
    stages: [
      [0.2, 1],
      [0.03, 8],
      [0.17, 8],
      [0.03, 1],
      [0.57, 1],
    ],
    thresholds: {
      http_req_failed: ["rate<0.2"],
      checks: ["rate>0.8"],
      "checks{phase:afterwards}": ["rate==1"],
      "http_req_failed{phase:afterwards}": ["rate==0"],
      "http_req_duration{phase:afterwards}": ["p(95)<1500"],
    },
    p95: undefined,
  },
  soak: {
    why: "Does anything leak, fill up or slow down over a long time?",
    rate: 8,
    duration: "30m",
    start: 0.1,
    stages: [
      [0.03, 1],
      [0.94, 1],
      [0.03, 0.1],
    ],
    thresholds: {
      http_req_failed: ["rate<0.001"],
      checks: ["rate>0.999"],
      dropped_iterations: ["count==0"],
    },
    p95: 800,
  },
  breakpoint: {
    why: "At which rate does it break? At the rate where the run ends.",
    rate: 10,
    duration: "5m",
    start: 0.5,
    stages: [[1, 20]],
    thresholds: {
      http_req_failed: ["rate<0.02"],
      checks: ["rate>0.98"],
      dropped_iterations: ["count<100"],
    },
    p95: 2000,
    breaksAfter: 1,
  },
} as const satisfies Record<string, Shape>;

export type Suite = keyof typeof shapes;

export const isSuite = (word: string): word is Suite => Object.hasOwn(shapes, word);

/** Seconds of a duration such as "1h30m"; undefined for anything else. */
export function secondsOf(duration: string): number | undefined {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration);
  if (parts === null || duration === "") return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] = parts;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

export interface Step {
  readonly duration: string;
  readonly target: number;
}

/** The factor of a shape after this share of the run. */
export function factorAt(shape: Shape, progress: number): number {
  let [start, from] = [0, shape.start];
  for (const [share, to] of shape.stages) {
    if (progress < start + share) return from + ((to - from) * (progress - start)) / share;
    start += share;
    from = to;
  }
  return from;
}

/** A shape as k6's ramping arrival rate, in journeys a minute. */
export function arrivals(shape: Shape, rate: number, seconds: number, share: number) {
  const perMinute = (factor: number) => Math.max(1, Math.round(rate * 60 * share * factor));
  const stages: Step[] = shape.stages.map(([part, factor]) => ({
    duration: `${Math.max(1, Math.round(seconds * part))}s`,
    target: perMinute(factor),
  }));
  const peak = Math.max(shape.start, ...shape.stages.map(([, factor]) => factor));
  return { startRate: perMinute(shape.start), stages, peakPerSecond: perMinute(peak) / 60 };
}
