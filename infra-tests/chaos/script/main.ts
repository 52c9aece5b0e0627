import exec from "k6/execution";
import http from "k6/http";
import type { Options, Scenario } from "k6/options";

/** Requests a second of each kind. The kinds are those of `../samples.ts`. */
const RATES: Readonly<Record<string, number>> = {
  page: 40,
  fresh: 10,
  asset: 10,
  rows: 10,
  post: 10,
};

/** Seconds that a visitor waits for a response. */
const TIMEOUT = 20;

const scenario = (rate: number): Scenario => ({
  executor: "constant-arrival-rate",
  exec: "send",
  rate,
  timeUnit: "1s",
  duration: `${__ENV.SECONDS}s`,
  // Made before the run: to make more takes time in which requests do not begin.
  preAllocatedVUs: 6 * rate,
  // Enough for all that begin while one waits.
  maxVUs: rate * TIMEOUT,
  gracefulStop: `${TIMEOUT + 2}s`,
});

export const options: Options = {
  scenarios: Object.fromEntries(
    Object.entries(RATES).map(([kind, rate]) => [kind, scenario(rate)]),
  ),
  systemTags: ["scenario", "status", "error_code"],
  // An edge that starts again may have another address.
  dns: { ttl: "0", select: "first", policy: "preferIPv4" },
};

const HTTPS = "https://web:8443";
const HTTP = "http://web:8080";

/** One request of the scenario's kind. */
export function send(): void {
  const kind = exec.scenario.name;
  const params = { timeout: `${TIMEOUT}s` };
  if (kind === "page") http.get(`${HTTPS}/page`, params);
  if (kind === "fresh") http.get(`${HTTP}/page`, { ...params, headers: { Connection: "close" } });
  if (kind === "asset") http.get(HTTP + __ENV.ASSET, params);
  if (kind === "rows") http.get(`${HTTP}/rows`, params);
  if (kind === "post") {
    const note = `${__ENV.RUN}-${exec.scenario.iterationInTest}`;
    http.post(`${HTTPS}/notes`, note, { ...params, tags: { note } });
  }
}

export const handleSummary = (): Record<string, string> => ({});
