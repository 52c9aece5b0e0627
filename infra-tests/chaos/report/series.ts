import type { Outcome } from "../outcome.ts";

/** A fault's run in steps of half a second, for its charts. */
export interface Series {
  /** Seconds since the first request ended. */
  readonly times: readonly number[];
  /** Requests a second. */
  readonly ended: readonly number[];
  readonly failed: readonly number[];
  /** Milliseconds, of all kinds; undefined where nothing ended. */
  readonly p99: readonly (number | undefined)[];
  /** Seconds of the fault. */
  readonly shade: readonly [number, number];
}

const STEP = 500;

export function seriesOf({ run: { samples }, span }: Outcome): Series {
  const first = samples.reduce((least, { ended }) => Math.min(least, ended), Infinity);
  const last = samples.reduce((most, { ended }) => Math.max(most, ended), 0);
  const steps = Array.from({ length: Math.ceil((last - first + 1) / STEP) }, (_, index) =>
    samples.filter(({ ended }) => Math.floor((ended - first) / STEP) === index),
  );
  const seconds = (time: number) => Math.max(0, (time - first) / 1000);
  return {
    times: steps.map((_, index) => (index * STEP) / 1000),
    ended: steps.map((step) => (step.length * 1000) / STEP),
    failed: steps.map((step) => (step.filter(({ failed }) => failed).length * 1000) / STEP),
    p99: steps.map((step) => {
      const times = step.map(({ began, ended }) => ended - began).sort((a, b) => a - b);
      return times[Math.floor(times.length * 0.99)];
    }),
    shade: [seconds(span.begin), seconds(span.end)],
  };
}
