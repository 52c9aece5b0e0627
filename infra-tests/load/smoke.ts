import { check } from "k6";
import http, { type RefinedResponse } from "k6/http";
import type { Options } from "k6/options";

const duration = "20s";

/** An open model: requests start at their rate, however slow the answers are. */
const arrivals = {
  executor: "constant-arrival-rate",
  duration,
  timeUnit: "1s",
  preAllocatedVUs: 20,
  maxVUs: 20,
} as const;

export const options: Options = {
  scenarios: {
    pages: { ...arrivals, rate: 20, exec: "page" },
    assets: { ...arrivals, rate: 20, exec: "asset" },
  },
  thresholds: {
    http_req_failed: ["rate==0"],
    dropped_iterations: ["count==0"],
    checks: ["rate==1"],
    "http_reqs{scenario:pages}": ["count>=380"],
    "http_reqs{scenario:assets}": ["count>=380"],
    "http_req_duration{scenario:pages}": ["p(95)<1000"],
    "http_req_duration{scenario:assets}": ["p(95)<500"],
  },
};

const origins = ["https://web:8443", "http://web:8080"];
let turn = 0;
const nextOrigin = (): string => {
  turn += 1;
  return origins[turn % origins.length] ?? "";
};

/** Finds an asset that the page links, once, for the second scenario. */
export function setup(): { asset: string } {
  const found = /"(\/assets\/[^"]+\.css)"/.exec(String(http.get(`${origins[0]}/`).body));
  if (!found?.[1]) throw new Error("the page links no stylesheet");
  return { asset: found[1] };
}

const timing = (answer: RefinedResponse<undefined>): string =>
  answer.headers["Server-Timing"] ?? "";

/** The page, from the database through all tiers. */
export function page(): void {
  // Whoever brings a cookie gets a page of their own, and none that the edge keeps for guests.
  check(http.get(`${nextOrigin()}/`, { headers: { Cookie: "probe=1" } }), {
    "the page is there": ({ status, body }) => status === 200 && String(body).includes("</html>"),
    "the page came through all tiers": (answer) => timing(answer).includes("db;dur="),
  });
}

/** A stylesheet, from the web server alone. */
export function asset({ asset }: { asset: string }): void {
  check(http.get(`${nextOrigin()}${asset}`), {
    "the asset is there": ({ status }) => status === 200,
    "the asset came from the web server alone": (answer) => !timing(answer).includes("gateway"),
  });
}
