import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf } from "./bars.ts";
import { waitsOf } from "./figures.ts";
import { htmlReport } from "./report/html.ts";
import { performancePage } from "./report/page.ts";
import { terminalReport } from "./report/terminal.ts";
import type { Latency, Run } from "./results.ts";
import { results, round, rowOf, run } from "./testing.ts";

const find = (one: Run, words: string) => {
  const bar = barsOf(one).find(({ text }) => text.includes(words));
  assert.ok(bar, words);
  return { value: bar.value, kept: bar.kept };
};

const measured = run(
  rowOf("plain", "ours", round(90, 200, 1000)),
  rowOf("plain", "twin", round(100, 200, 1200)),
  rowOf("plain", "plain", round(50, 200, 1500)),
  rowOf("plain", "pm2", round(40, 200, 1000)),
  rowOf("plain", "gunicorn", round(40, 400, 300)),
);

test("the edge is compared with other edges, the application's side with PM2's, the chain by requests", () => {
  assert.deepEqual(find(measured, "x the twin"), { value: 0.9, kept: true });
  assert.deepEqual(find(measured, "x a plain nginx"), { value: 1.8, kept: false });
  assert.deepEqual(find(measured, "x PM2 + Express"), { value: 1, kept: false });
  assert.deepEqual(find(measured, "x nginx + PM2 + Express"), { value: 1, kept: true });
  const django = find(measured, "x nginx + gunicorn + Django");
  assert.equal(django.kept, false);
});

test("what was not measured is neither kept nor missed", () => {
  assert.deepEqual(find(run(), "x the twin"), { value: undefined, kept: undefined });
  assert.deepEqual(find(run(), "memory at rest"), { value: undefined, kept: undefined });
});

const latency = (chain: Latency["chain"], p99: number, perSecond = 700): Latency => ({
  ...{ page: "plain", chain, rate: 700 },
  rounds: [{ p50: p99 / 2, p99, max: p99 * 2, perSecond, success: 1 }],
});

test("a result of which the client had more than a quarter is void", () => {
  const latencies = [latency("control", 2), latency("ours", 8), latency("pm2", 7.9)];
  assert.deepEqual(
    waitsOf({ latencies }).map(({ isVoid }) => isVoid),
    [false, false, true],
  );
});

test("a result without a control is void", () => {
  assert.deepEqual(
    waitsOf({ latencies: [latency("ours", 8)] }).map(({ isVoid }) => isVoid),
    [true],
  );
});

test("p99 is compared with the best peer that serves the rate", () => {
  const latencies = [
    ...[latency("control", 1), latency("ours", 10), latency("twin", 4)],
    ...[latency("pm2", 20), latency("gunicorn", 5, 300)],
  ];
  assert.deepEqual(find({ ...run(), latencies }, "p99"), { value: 0.5, kept: true });
});

test("without a chain that serves the rate there is nothing to compare p99 with", () => {
  const slow = (chain: Latency["chain"]) => latency(chain, 900, 300);
  const others = [latency("control", 1), latency("ours", 10), slow("pm2")];
  assert.equal(find({ ...run(), latencies: others }, "p99").kept, undefined);
  const own = [latency("control", 1), slow("ours"), latency("pm2", 10)];
  assert.equal(find({ ...run(), latencies: own }, "p99").kept, undefined);
});

test("the reports have every row, those where others are better too, and nothing of another host", () => {
  const all = results({ ...measured, latencies: [latency("control", 1), latency("ours", 10)] });
  for (const report of [htmlReport(all), performancePage(all), terminalReport(all)]) {
    for (const words of ["plain nginx", "nginx + PM2 + Express", "nginx + gunicorn + Django"]) {
      assert.ok(report.includes(words), words);
    }
    assert.match(report, /MISSED/);
  }
  assert.doesNotMatch(htmlReport(all), /https?:|<script/);
  assert.match(performancePage(all), /\| Gatehouse \| 90 \| 200 \| 0 \| 290 \|/);
});

test("a busy machine is named as such", () => {
  const quiet = results(measured);
  const busy = { ...quiet, machine: { ...quiet.machine, loadBefore: 3 } };
  assert.match(performancePage(busy), /NOT a quiet machine/);
  assert.doesNotMatch(performancePage(quiet), /NOT a quiet machine/);
});
