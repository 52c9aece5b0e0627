import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { reportPage } from "./page.ts";
import { readSeries } from "./series.ts";
import { journeysOf, type Summary, verdictsOf } from "./summary.ts";

const folder = await mkdtemp(join(tmpdir(), "report-"));
after(() => rm(folder, { recursive: true }));

const HEAD = "metric_name,timestamp,metric_value,error_code,expected_response,name,scenario,status";
const START = 1_795_557_721_000;

/** A file as k6 writes it, of [metric, seconds since the start, value, expected]. */
async function samples(rows: readonly (readonly [string, number, number, string?])[]) {
  const lines = rows.map(([metric, at, value, expected = "true"]) =>
    [metric, START + at * 1000, value, "", expected, "page", "read", "200"].join(","),
  );
  const file = join(folder, `${rows.length}.csv`);
  await writeFile(file, `${[HEAD, ...lines].join("\n")}\n`);
  return await readSeries(file);
}

test("each second has its requests, failures, quantiles, users and dropped journeys", async () => {
  const durations = Array.from({ length: 100 }, (_, index) => index + 1);
  const series = await samples([
    ...durations.map((value) => ["http_req_duration", 0.5, value] as const),
    ["http_req_duration", 2.1, 7, "false"],
    ["dropped_iterations", 2.2, 3],
    ["vus", 2.9, 12],
    ["http_req_waiting", 2.9, 99],
  ]);
  assert.deepEqual(series, [
    {
      at: 0,
      requests: 100,
      failed: 0,
      dropped: 0,
      median: 51,
      p95: 96,
      p99: 100,
      users: undefined,
    },
    {
      at: 1,
      requests: 0,
      failed: 0,
      dropped: 0,
      median: undefined,
      p95: undefined,
      p99: undefined,
      users: undefined,
    },
    { at: 2, requests: 1, failed: 1, dropped: 3, median: 7, p95: 7, p99: 7, users: 12 },
  ]);
});

test("a long run is shown in a few hundred spans, with rates per second", async () => {
  const hour = Array.from({ length: 3600 }, (_, at) => ["http_req_duration", at, 5] as const);
  const series = await samples(hour);
  assert.ok(series.length <= 300, `${series.length} spans`);
  assert.ok(series.every(({ requests }) => requests === 1));
});

const summary: Summary = {
  state: { testRunDurationMs: 1000 },
  metrics: {
    "http_req_duration{scenario:read}": {
      type: "trend",
      values: { med: 12.3, "p(95)": 45.6 },
      thresholds: { "p(95)<800": { ok: true } },
    },
    "http_req_failed{scenario:read}": {
      type: "rate",
      values: { passes: 2, fails: 98, rate: 0.02 },
    },
    dropped_iterations: {
      type: "counter",
      values: { count: 4 },
      thresholds: { "count==0": { ok: false } },
    },
  },
};

test("a crossed threshold stands first, with what was measured", () => {
  assert.deepEqual(verdictsOf(summary), [
    { metric: "dropped_iterations", rule: "count==0", ok: false, measured: "4" },
    { metric: "http_req_duration{scenario:read}", rule: "p(95)<800", ok: true, measured: "45.6" },
  ]);
});

test("of the rate of failures, what passes has failed", () => {
  assert.deepEqual(journeysOf(summary), [
    { name: "read", requests: 100, failed: 2, median: 12.3, p95: 45.6 },
  ]);
});

test("the page has its charts inside, says what failed, and fetches nothing", async () => {
  const series = await samples([
    ["http_req_duration", 0, 5],
    ["http_req_duration", 1, 9],
  ]);
  const page = reportPage({
    ...{ suite: "stress", why: "Why <not>?", settings: "At once.", when: new Date(START) },
    ...{ summary, series },
  });
  assert.equal(page.match(/<svg /g)?.length, 3);
  assert.match(page, /1 of 2 thresholds were crossed/);
  assert.match(page, /Why &lt;not&gt;\?/);
  assert.doesNotMatch(page, /<script|src=|href=|url\(|NaN|undefined/);
});
