/**
 * How much load comes when. Pure data and arithmetic: k6 runs it, and so does Node to name the
 * suites and to write the report.
 */

export interface Shape {
  /** Why one runs it. */
  readonly why: string;
  /** Journeys that begin in a second, where the shape's factor is 1. */
  readonly rate: number;
  /** In k6's words: "20s", "5m". */
  readonly duration: string;
  /** The factor at the start, and then: over which share of the time it goes to which factor. */
  readonly start: number;
  readonly stages: readonly (readonly [share: number, factor: number])[];
  /** What must hold, beside what each journey says of itself. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
  /** The p95 of every journey, in milliseconds, that must hold; undefined where it is only shown. */
  readonly p95: number | undefined;
  /** Ends the run as soon as one of the thresholds is crossed: to find where that is. */
  readonly untilItBreaks?: boolean;
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
    thresholds: { http_req_failed: ["rate<0.02"] },
    p95: 3000,
  },
  spike: {
    why: "Does it come through a rush, and is it itself again afterwards?",
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
      dropped_iterations: ["count==0"],
    },
    p95: 800,
  },
  breakpoint: {
    why: "At which rate does it break? The end of the run is the answer.",
    rate: 10,
    duration: "5m",
    start: 0.5,
    stages: [[1, 20]],
    thresholds: { http_req_failed: ["rate<0.02"], dropped_iterations: ["count<100"] },
    p95: 2000,
    untilItBreaks: true,
  },
} as const satisfies Record<string, Shape>;

export type Suite = keyof typeof shapes;

export const isSuite = (word: string): word is Suite => Object.hasOwn(shapes, word);

/** Seconds of a duration in k6's words; undefined for anything else. */
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
