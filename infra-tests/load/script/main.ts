import { fail } from "k6";
import exec from "k6/execution";
import type { Options, Scenario } from "k6/options";
import { arrivals, isSuite, type Shape, secondsOf, shapes } from "./shapes.ts";
import { journeys } from "./stories/journeys.ts";

export { setup } from "./stories/journeys.ts";

const suite = __ENV.SUITE || "smoke";
if (!isSuite(suite)) fail(`no suite ${suite}`);
const shape: Shape = shapes[suite];
const rate = Number(__ENV.RATE || shape.rate);
const seconds = secondsOf(__ENV.DURATION || shape.duration) ?? fail("DURATION is like 90s or 5m");

/** The share of the run after which a spike is over. */
const AFTERWARDS = 0.6;

/** Each journey is an open model: visitors arrive at a rate, however slow the responses are. */
const scenarios: Record<string, Scenario> = {};
const thresholds: Record<string, (string | { threshold: string; abortOnFail: boolean })[]> = {};
for (const [name, { share, seconds: length }] of Object.entries(journeys)) {
  const { startRate, stages, peakPerSecond } = arrivals(shape, rate, seconds, share);
  const users = Math.ceil(peakPerSecond * length) + 2;
  scenarios[name] = {
    executor: "ramping-arrival-rate",
    exec: "journey",
    timeUnit: "1m",
    startRate,
    stages,
    preAllocatedVUs: users,
    maxVUs: users * 4,
    gracefulStop: "15s",
  };
  // With a threshold, even one that always holds, k6 reports the figures of each journey.
  thresholds[`http_req_duration{scenario:${name}}`] = [
    shape.p95 === undefined ? "p(95)>=0" : `p(95)<${shape.p95}`,
  ];
  thresholds[`http_req_failed{scenario:${name}}`] = ["rate<=1"];
}
for (const [metric, rules] of Object.entries(shape.thresholds)) {
  const abortOnFail = shape.breaksAfter !== undefined;
  thresholds[metric] = rules.map((threshold) => ({ threshold, abortOnFail }));
}

export const options: Options = {
  scenarios,
  thresholds,
  systemTags: ["scenario", "status", "name", "expected_response", "error_code"],
  summaryTrendStats: ["med", "avg", "p(95)", "p(99)", "max"],
};

/** Runs the journey of the scenario, and tags its requests with the part of the run. */
export function journey(cast: unknown): void {
  const phase = exec.scenario.progress < AFTERWARDS ? "before" : "afterwards";
  exec.vu.metrics.tags.phase = phase;
  journeys[exec.scenario.name]?.run(cast);
}

export function handleSummary(data: object): Record<string, string> {
  return { [`/reports/${suite}.json`]: JSON.stringify(data, undefined, 2) };
}
