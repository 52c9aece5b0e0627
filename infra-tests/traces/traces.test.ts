import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { accessLinesOf } from "../chain/access-lines.ts";
import { breaches } from "../chain/policy/rules.ts";
import { call, header } from "../stack/http.ts";
import { readStories, trafficPage } from "../stack/stories.ts";
import type { CollectedSpan } from "./collected.ts";
import { TracedStack } from "./traced-stack.ts";

const { page } = await trafficPage();
/** Whether the clone's own application sends spans: that of a copier need not. */
const { traces = false } = await readStories();

// One stack for all tests, in order: traced, then without its collector.
let stack: TracedStack;
let http: string;
before(async () => {
  stack = await TracedStack.start();
  ({ http } = await stack.addresses());
});
after(async () => await stack?.[Symbol.asyncDispose]());

async function request(): Promise<string> {
  const response = await call(`${http}${page}?key=secret`, { agent: false });
  assert.equal(response.status, 200, response.text);
  return header(response, "x-request-id");
}

/** The spans from the first one down, one below the other; undefined where one is missing. */
function branch(spans: readonly CollectedSpan[]): CollectedSpan[] | undefined {
  const found: CollectedSpan[] = [];
  for (const [service, kind] of [
    ["shop-web", "Server"],
    ["shop-web", "Client"],
    ["shop-gateway", "Server"],
    ...(traces ? [["shop", "Server"]] : []),
  ]) {
    const parentId = found.at(-1)?.id ?? "";
    const next = spans.find(
      (span) => span.service === service && span.kind === kind && span.parentId === parentId,
    );
    if (next === undefined) return undefined;
    found.push(next);
  }
  return found;
}

const isWhole = (spans: readonly CollectedSpan[]): boolean => branch(spans) !== undefined;

describe("a request, in a real collector,", () => {
  test("is one trace through all tiers, each span below that of the tier before, and no query in it", async () => {
    const spans = await stack.traceOf(await request(), isWhole);
    const [edge, attempt, gateway] = branch(spans) ?? [];
    assert.match(edge?.traceId ?? "", /^[0-9a-f]{32}$/);
    assert.equal(edge?.attributes["url.path"], page);
    for (const each of [edge, attempt, gateway]) {
      assert.equal(each?.attributes["http.request.method"], "GET");
      assert.equal(each?.attributes["http.response.status_code"], "200");
    }
    assert.ok(!JSON.stringify(spans).includes("secret"), JSON.stringify(spans));
    // How long it was under way to a worker.
    const wait = spans.find(({ name }) => name === "wait for a worker");
    assert.equal(wait?.parentId, gateway?.id);
  });

  test("is joined with the access lines of all tiers by their trace_id, and by the client's address", async () => {
    const id = await request();
    const spans = await stack.traceOf(id, isWhole);
    const lines = await accessLinesOf(stack, id, ["web", "gateway", ...(traces ? ["app"] : [])]);
    const [edge, , gateway, app] = branch(spans) ?? [];
    for (const line of lines) {
      assert.equal(line.trace_id, edge?.traceId, line.tier);
      const own = { web: edge, gateway, app }[line.tier];
      assert.equal(line.traceparent, `00-${own?.traceId}-${own?.id}-01`, line.tier);
      if (line.client !== undefined) {
        assert.equal(own?.attributes["client.address"], line.client, line.tier);
      }
    }
  });

  test("is accepted 200 times of 200, also from both replicas", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 200; count++) ids.push(await request());
    await stack.traceOf(ids.at(-1) ?? "", isWhole);
    const byTrace = Map.groupBy(await stack.spans(), ({ traceId }) => traceId);
    const whole = new Set<string>();
    const replicas = new Set<string>();
    for (const spans of byTrace.values()) {
      const [edge, attempt] = branch(spans) ?? [];
      whole.add(edge?.attributes["gatehouse.request_id"] ?? "");
      replicas.add(attempt?.attributes["server.address"] ?? "");
    }
    assert.deepEqual(
      ids.filter((id) => !whole.has(id)),
      [],
    );
    assert.equal([...replicas].filter((address) => address !== "").length, 2);
  });
});

test("a site whose collector is gone serves on, and its traces come again when it is back", async () => {
  const collector = await stack.container("collector");
  await collector.stop();
  const began = performance.now();
  for (let count = 0; count < 300; count++) await request();
  const each = (performance.now() - began) / 300;
  assert.ok(each < 250, `${each} ms a request`);
  await collector.start();
  const spans = await stack.traceOf(await request(), isWhole);
  assert.ok(isWhole(spans));
});

test("the collector keeps the rules for containers, but that it has no health check", async () => {
  const found = breaches(parse(await stack.compose("config")), { app: 0, web: 0 });
  assert.deepEqual(
    found
      .filter(({ service }) => service === "collector")
      .map(({ service, message }) => `${service} ${message}`),
    ["collector has no health check"],
  );
});
