import assert from "node:assert/strict";
import { test } from "node:test";
import { Distribution } from "@gatehouse/telemetry";
import { p99Of, rateOf, readMetrics, sumOf } from "./metrics.ts";

const TEXT = `# HELP web_requests_total Requests
# TYPE web_requests_total counter
web_requests_total{route="a \\"b\\"",status="2xx"} 40
web_requests_total{route="c",status="5xx"} 2
web_tunnels 1e3
`;

/** What a service prints of a histogram after these requests. */
function histogram(...seconds: number[]) {
  const distribution = new Distribution();
  for (const each of seconds) distribution.observe(each);
  const lines = distribution.samples("t", { tier: "x" }).map(({ metricName, labels, value }) => {
    const inside = Object.entries(labels).map(([label, word]) => `${label}="${word}"`);
    return `${metricName}{${inside}} ${value}`;
  });
  return readMetrics(`${lines.join("\n")}\n`);
}

const interval = (before: string, after: string) => ({
  before: readMetrics(before),
  after: readMetrics(after),
  seconds: 2,
});

test("metrics are read with their labels, and summed by them", () => {
  const metrics = readMetrics(TEXT);
  assert.equal(sumOf(metrics, "web_requests_total"), 42);
  assert.equal(sumOf(metrics, "web_requests_total", { status: "5xx" }), 2);
  assert.equal(sumOf(metrics, "web_tunnels"), 1000);
  assert.equal(sumOf(metrics, "web_unknown"), 0);
});

test("a rate is per second and over all processes, and a process that started anew counts from 0", () => {
  const [grown, anew] = [interval("a 10\n", "a 30\n"), interval("a 50\n", "a 4\n")];
  assert.equal(rateOf([grown], "a"), 10);
  assert.equal(rateOf([grown, anew], "a"), 12);
  assert.equal(rateOf([], "a"), 0);
});

test("the p99 is that of the requests of the interval, and lies in the bucket of the slowest percent", () => {
  const before = histogram(...Array(50).fill(5));
  const quick = Array(98).fill(0.002);
  const after = histogram(...Array(50).fill(5), ...quick, 0.2, 0.2);
  const p99 = p99Of([{ before, after, seconds: 1 }], "t") ?? 0;
  assert.ok(p99 > 0.1 && p99 <= 0.25, `${p99}`);
  assert.equal(p99Of([{ before, after: before, seconds: 1 }], "t"), undefined);
});

test("streams of minutes are not in the p99", () => {
  const after = histogram(...Array(99).fill(0.002), 300, 300, 300);
  const p99 = p99Of([{ before: histogram(), after, seconds: 1 }], "t", { tier: "x" }) ?? 0;
  assert.ok(p99 > 0 && p99 <= 0.0025, `${p99}`);
});
