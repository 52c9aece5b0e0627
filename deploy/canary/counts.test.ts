import assert from "node:assert/strict";
import { test } from "node:test";
import { sideOf } from "./counts.ts";

const PAGE = `
web_canary_requests_total{release="running",status="2xx"} 90
web_canary_requests_total{release="canary",status="2xx"} 5
web_canary_requests_total{release="canary",status="1xx"} 2
web_canary_requests_total{release="canary",status="4xx"} 2
web_canary_requests_total{release="canary",status="5xx"} 1
web_canary_requests_total{release="canary",status="lost"} 2
web_canary_request_duration_seconds_bucket{le="0.01",release="canary"} 0
web_canary_request_duration_seconds_bucket{le="0.1",release="canary"} 10
web_canary_request_duration_seconds_bucket{le="+Inf",release="canary"} 10
`;

test("what failed and what was lost are failures of the canary; what a client did wrong is not", () => {
  const { requests, failures, timed, p95 } = sideOf(PAGE, "canary");
  assert.deepEqual([requests, failures, timed], [12, 3, 10]);
  assert.ok(Math.abs(p95 - 95.5) < 0.1, String(p95));
});

test("the pages of two edges add up, and a side without requests has no latency", () => {
  const both = sideOf(`${PAGE}${PAGE}`, "canary");
  assert.deepEqual([both.requests, both.failures, both.timed], [24, 6, 20]);
  const { requests, failures, p95 } = sideOf("", "running");
  assert.deepEqual([requests, failures, Number.isNaN(p95)], [0, 0, true]);
});
