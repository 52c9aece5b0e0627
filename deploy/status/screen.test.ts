import assert from "node:assert/strict";
import { test } from "node:test";
import type { Member } from "./chain.ts";
import { readMetrics } from "./metrics.ts";
import { screenOf } from "./screen.ts";

const readings = (before: string, after: string) => {
  const metrics = readMetrics(after);
  return { metrics, interval: { before: readMetrics(before), after: metrics, seconds: 2 } };
};

const edge: Member = {
  name: "web-1",
  service: "web",
  release: "7",
  addresses: [],
  failure: undefined,
  status: {
    state: "ready",
    mode: { kind: "paused" },
    workers: [
      {
        state: "ready",
        replicas: [{ address: "10.0.0.3", state: "ready", circuit: "half-open" }],
      },
    ],
  },
  ...readings(
    'web_requests_total{status="2xx"} 0\n',
    'web_requests_total{status="2xx"} 194\nweb_requests_total{status="5xx"} 6\nweb_requests_held 3\n' +
      'web_cache_requests_total{result="hit"} 9\nweb_cache_requests_total{result="miss"} 3\n' +
      'web_cache_requests_total{result="passed"} 99\nweb_cache_entries 4\nweb_cache_bytes 2500000\n',
  ),
};

const gateway: Member = {
  name: "app-1",
  service: "app",
  release: "7",
  addresses: ["10.1.0.3", "10.0.0.3"],
  failure: undefined,
  status: { state: "ready", size: 2, workers: [{ state: "ready" }, { state: "starting" }] },
  ...readings(
    "",
    'gateway_worker_ends_total{cause="signal"} 5\ngateway_worker_ends_total{cause="retired"} 2\n' +
      'gateway_requests_total{status="2xx"} 5\ngateway_connections_waiting 8\n',
  ),
};

const dead: Member = {
  ...gateway,
  name: "app-2",
  failure: "exited, exit code 137",
  status: undefined,
  metrics: new Map(),
  interval: undefined,
};

const chain = {
  project: "site",
  edges: [edge],
  gateways: [gateway, dead],
  database: undefined,
  missing: ["db does not exist: make up creates it"],
};

const row = (text: string, name: string): string[] =>
  (text.split("\n").find((line) => line.startsWith(name)) ?? "").split(/ {2,}/);

test("the tiers are shown with their rates, what waits, and the mode", () => {
  const text = screenOf(chain, 120);
  assert.match(text, /^site .* mode paused, rates of the last 2\.0 s\n/);
  assert.deepEqual(row(text, "edge"), ["edge", "ready", "100", "3.0", "0", "-", "0", "3"]);
  assert.deepEqual(row(text, "gateway").slice(0, 4), ["gateway", "1 of 2 ready", "2.5", "0"]);
  assert.deepEqual(row(text, "database"), ["database", "none"]);
  assert.match(text, /^cache {2}75 % hits, 4 entries, 2\.5 MB$/m);
});

test("a replica is shown with its circuit at the edge and the workers that died", () => {
  const found = row(screenOf(chain, 120), "app-1");
  assert.deepEqual(found.slice(0, 6), ["app-1", "ready", "7", "half-open", "1 of 2", "5"]);
  assert.equal(found.at(-1), "8");
});

test("what does not run is named, with what to do", () => {
  const text = screenOf(chain, 120);
  assert.deepEqual(row(text, "app-2"), ["app-2", "exited, exit code 137", "7"]);
  assert.match(text, /^Missing:\n {2}db does not exist: make up creates it$/m);
});

test("no line is wider than the terminal", () => {
  const lines = screenOf(chain, 60).split("\n");
  assert.ok(lines.every(({ length }) => length <= 60));
});

test("an edge that gives no figures is no reason to show none of the gateways", () => {
  const nginx = {
    ...dead,
    name: "web-1",
    service: "web",
    failure: "has no Node: it gives no figures",
  };
  const text = screenOf({ ...chain, edges: [nginx] }, 120);
  assert.deepEqual(row(text, "edge").slice(0, 3), ["edge", "nginx", "-"]);
  assert.equal(row(text, "app-1")[3], "not known");
});
