import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestMetrics } from "./request-metrics.ts";

test("a status that is of no class counts as 5xx, as a client takes it", () => {
  const metrics = new RequestMetrics();
  for (const status of [200, 599, 600, 799, 999]) {
    metrics.begin();
    metrics.end(status, 1, undefined);
  }
  const requests = metrics.json().find(({ name }) => name === "gateway_requests_total");
  const counted = requests?.values.map(({ labels, value }) => [labels.status, value]);
  assert.deepEqual(counted, [
    ["1xx", 0],
    ["2xx", 1],
    ["3xx", 0],
    ["4xx", 0],
    ["5xx", 4],
  ]);
});
