import { fail } from "k6";
import exec from "k6/execution";
import type { Options, Scenario } from "k6/options";
import { type Cast, prepareCast } from "./cast.ts";
import { journeys } from "./journeys.ts";
import { arrivals, isSuite, type Shape, secondsOf, shapes } from "./shapes.ts";

const suite = __ENV.SUITE || "smoke";
if (!isSuite(suite)) fail(`no suite ${suite}`);
const shape: Shape = shapes[suite];
const rate = Number(__ENV.RATE || shape.rate);
const seconds = secondsOf(__ENV.DURATION || shape.duration) ?? fail("DURATION is like 90s or 5m");

/** Where the afterwards of a spike begins, as a share of the run. */
const AFTERWARDS = 0.6;

/** Each journey is an open model of its own: visitors come, however slow the answers are. */
const scenarios: Record<string, Scenario> = {};
const thresholds: Record<string, (string | { threshold: string; abortOnFail: boolean })[]> = {};
for (const [name, { share, seconds: length }] of Object.entries(journeys)) {
  const { startRate, stages, peakPerSecond } = arrivals(shape, rate, seconds, share);
  const users = Math.ceil(peakPerSecond * length) + 2;
  scenarios[name] = {
    executor: "ramping-arrival-rate",
    exec: name,
    timeUnit: "1m",
    startRate,
    stages,
    preAllocatedVUs: users,
    maxVUs: users * 4,
    gracefulStop: "15s",
  };
  // A threshold that always holds makes k6 keep the figures of a journey apart.
  thresholds[`http_req_duration{scenario:${name}}`] = [
    shape.p95 === undefined ? "p(95)>=0" : `p(95)<${shape.p95}`,
  ];
  thresholds[`http_req_failed{scenario:${name}}`] = ["rate<=1"];
}
for (const [metric, rules] of Object.entries(shape.thresholds)) {
  const abortOnFail = shape.untilItBreaks === true;
  thresholds[metric] = rules.map((threshold) => ({ threshold, abortOnFail }));
}

export const options: Options = {
  scenarios,
  thresholds,
  systemTags: ["scenario", "status", "name", "expected_response", "error_code"],
  summaryTrendStats: ["med", "avg", "p(95)", "p(99)", "max"],
};

export function setup(): Cast {
  return prepareCast();
}

/** Runs a journey, and says in which part of the run it was. */
function taken(name: keyof typeof journeys) {
  return (cast: Cast): void => {
    const phase = exec.scenario.progress < AFTERWARDS ? "before" : "afterwards";
    exec.vu.metrics.tags.phase = phase;
    journeys[name].run(cast);
  };
}

export const browse = taken("browse");
export const search = taken("search");
export const live = taken("live");
export const post = taken("post");
export const signIn = taken("signIn");

export function handleSummary(data: object): Record<string, string> {
  return { [`/reports/${suite}.json`]: JSON.stringify(data, undefined, 2) };
}
