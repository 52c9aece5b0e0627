import assert from "node:assert/strict";
import { test } from "node:test";
import { counter, Distribution, gauge, histogram, sharedGauge } from "@gatehouse/telemetry";
import { WorkerMetrics, type WorkerState } from "./index.ts";

class Worker {
  state: WorkerState = "ready";
}

/** What one worker reports that has served so many requests, each of 20 ms. */
function reportOf(requests: number) {
  const distribution = new Distribution();
  for (let request = 0; request < requests; request++) distribution.observe(0.02);
  return [
    counter("web_requests_total", "Requests", [{ labels: { status: "2xx" }, value: requests }]),
    gauge("web_open", "Open", requests),
    sharedGauge("web_up", "Up", 1),
    histogram("web_seconds", "Seconds", [{ labels: { route: "a" }, distribution }]),
  ];
}

function serving(...workers: Worker[]) {
  return new WorkerMetrics<Worker>("web", () => workers);
}

test("metrics are summed over the workers, a shared gauge is not", async () => {
  const [first, second] = [new Worker(), new Worker()];
  const metrics = serving(first, second);
  metrics.report(first, reportOf(3));
  metrics.report(second, reportOf(4));
  const text = await metrics.text();
  assert.match(text, /^web_requests_total\{status="2xx"\} 7$/m);
  assert.match(text, /^web_open 7$/m);
  assert.match(text, /^web_up 1$/m);
  assert.match(text, /^web_seconds_bucket\{le="0\.01",route="a"\} 0$/m);
  assert.match(text, /^web_seconds_bucket\{le="0\.025",route="a"\} 7$/m);
  assert.match(text, /^web_seconds_bucket\{le="\+Inf",route="a"\} 7$/m);
  assert.match(text, /^web_seconds_count\{route="a"\} 7$/m);
  assert.match(text, /^web_workers\{state="ready"\} 2$/m);
});

test("what ended workers had counted stays, also of two that end together; gauges end", async () => {
  const [first, second, third] = [new Worker(), new Worker(), new Worker()];
  const metrics = serving(third);
  metrics.report(first, reportOf(3));
  metrics.report(second, reportOf(4));
  metrics.report(third, reportOf(5));
  await Promise.all([metrics.end(first), metrics.end(second)]);
  const text = await metrics.text();
  assert.match(text, /^web_requests_total\{status="2xx"\} 12$/m);
  assert.match(text, /^web_seconds_count\{route="a"\} 12$/m);
  assert.match(text, /^web_open 5$/m);
});

test("what begins anew does so without the counts of ended workers; all others stay", async () => {
  const [first, second] = [new Worker(), new Worker()];
  const metrics = serving(second);
  metrics.report(first, reportOf(3));
  metrics.report(second, reportOf(4));
  await metrics.end(first);
  await metrics.forget("web_sec");
  // A stuck worker reports nothing any more.
  assert.doesNotMatch(await metrics.text(), /^web_seconds/m);
  metrics.report(second, reportOf(5));
  const text = await metrics.text();
  assert.match(text, /^web_seconds_count\{route="a"\} 5$/m);
  assert.match(text, /^web_requests_total\{status="2xx"\} 8$/m);
});

test("a report that cannot be summed loses only itself", async () => {
  const [first, second] = [new Worker(), new Worker()];
  const metrics = serving(second);
  metrics.report(first, [{ name: "odd", type: "counter", aggregator: "none such", values: [{}] }]);
  metrics.report(second, reportOf(2));
  await assert.rejects(metrics.end(first));
  assert.match(await metrics.text(), /^web_requests_total\{status="2xx"\} 2$/m);
});

test("reloads are counted by their result", async () => {
  const metrics = serving();
  metrics.reloaded("done");
  metrics.reloaded("done");
  metrics.reloaded("refused");
  const text = await metrics.text();
  assert.match(text, /^web_reloads_total\{result="done"\} 2$/m);
  assert.match(text, /^web_reloads_total\{result="refused"\} 1$/m);
});
