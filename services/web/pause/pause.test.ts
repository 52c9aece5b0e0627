import assert from "node:assert/strict";
import { pbkdf2 } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import type { Edge } from "../edge.ts";
import type { WebSettings } from "../settings.ts";
import { site } from "../site.ts";
import { statusOf } from "../testing/budgets.ts";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";

/** An edge in front of an application that records the targets of its requests. */
async function chain(t: TestContext, changes: Partial<WebSettings>) {
  const targets: string[] = [];
  const listener = (asked: IncomingMessage, response: ServerResponse) => {
    targets.push(asked.url ?? "");
    asked.resume();
    response.end("from the application");
  };
  const upstream = await startUpstream(t, "127.0.0.2", listener, undefined);
  const { edge, ports } = await runEdge(t, upstream, { assets: import.meta.dirname, ...changes });
  return { edge, targets, url: `http://127.0.0.1:${ports.http}` };
}

function holds(edge: Edge, count: number) {
  return eventually(
    async () => edge.pause.status.held,
    (held) => held === count,
  );
}

const MINUTE = 60_000;

test("in a pause requests wait, and go on in their order when it ends", async (t) => {
  const { edge, targets, url } = await chain(t, {});
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const responses: Promise<Response>[] = [];
  for (let at = 0; at < 5; at++) {
    responses.push(fetch(`${url}/${at}`, { method: "POST", body: `order ${at}` }));
    await holds(edge, at + 1);
  }
  assert.deepEqual(targets, []);
  edge.pause.mode = { kind: "live" };
  for (const response of responses) assert.equal((await response).status, 200);
  assert.deepEqual(targets, ["/0", "/1", "/2", "/3", "/4"]);
});

test("a request that a pause held keeps no timer after it", async (t) => {
  const { edge, url } = await chain(t, {});
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const responses = Array.from({ length: 100 }, () => fetch(url));
  await holds(edge, 100);
  // Of those before, some may have ended.
  assert.ok(timers() >= 100, `${timers()} timers`);
  edge.pause.mode = { kind: "live" };
  for (const response of responses)
    assert.equal(await (await response).text(), "from the application");
  assert.ok(timers() < before + 50, `${timers()} timers, ${before} before`);
});

test("a request that waited too long gets 503 with Retry-After, and a later one is served", async (t) => {
  const { edge, url, targets } = await chain(t, {});
  edge.pause.mode = { kind: "paused", longest: 50 };
  const first = await fetch(url, { headers: { accept: "application/json" } });
  assert.deepEqual([first.status, first.headers.get("retry-after")], [503, "2"]);
  assert.equal(((await first.json()) as { code: string }).code, "paused");
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const second = fetch(url);
  await holds(edge, 1);
  edge.pause.mode = { kind: "live" };
  assert.equal((await second).status, 200);
  assert.equal(targets.length, 1);
});

test("a client that has many requests held takes no other's share", async (t) => {
  const { edge, url } = await chain(t, { pauseHeld: 4 });
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const greedy = Array.from({ length: 4 }, async () => (await fetch(url)).status);
  await holds(edge, 4);
  const other = statusOf(Number(new URL(url).port), "/", "127.0.0.9");
  assert.equal(await Promise.race([...greedy, other]), 503, "the oldest gives way");
  // And not the other one's, which is held.
  const late = await fetch(url);
  assert.equal(late.status, 503);
  edge.pause.mode = { kind: "live" };
  assert.equal(await other, 200);
  assert.deepEqual((await Promise.all(greedy)).toSorted(), [200, 200, 200, 503]);
});

test("no more requests are held than the setting says", async (t) => {
  const { edge, url } = await chain(t, { pauseHeld: 2 });
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const held = [fetch(url), fetch(url)];
  await holds(edge, 2);
  assert.equal((await fetch(url)).status, 503);
  edge.pause.mode = { kind: "live" };
  for (const response of held) assert.equal((await response).status, 200);
});

test("a client that leaves the queue is not sent to the application", async (t) => {
  const { edge, url, targets } = await chain(t, {});
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const asked = request(`${url}/left`, { agent: false }).on("error", () => {});
  asked.end();
  await holds(edge, 1);
  asked.destroy();
  await holds(edge, 0);
  edge.pause.mode = { kind: "live" };
  await fetch(`${url}/next`);
  assert.deepEqual(targets, ["/next"]);
});

test("maintenance shows the message to people and to programs, and files are served", async (t) => {
  const { edge, url, targets } = await chain(t, {});
  edge.pause.mode = { kind: "maintenance", message: "Back at <nine>" };
  const page = await fetch(url, { headers: { accept: "text/html" } });
  assert.deepEqual([page.status, page.headers.get("retry-after")], [503, "60"]);
  assert.equal(page.headers.get("cache-control"), "no-store");
  const html = await page.text();
  assert.ok(html.includes("<title>Back soon</title>") && html.includes("Back at &#60;nine&#62;"));
  const json = await fetch(url, { headers: { accept: "application/json" } });
  const { code, message } = (await json.json()) as Record<string, unknown>;
  assert.deepEqual([code, message], ["maintenance", "Back at <nine>"]);
  assert.equal((await fetch(`${url}/assets/pause.ts`)).status, 200);
  assert.deepEqual(targets, []);
  edge.pause.mode = { kind: "live" };
  assert.equal((await fetch(url)).status, 200);
});

test("maintenance is not for the clients of the list, behind a trusted proxy as well", async (t) => {
  const { edge, url } = await chain(t, {
    maintenanceAllow: ["192.0.2.0/24"],
    trustedProxies: ["127.0.0.1"],
  });
  edge.pause.mode = { kind: "maintenance", message: "later" };
  const asked = (client: string) => fetch(url, { headers: { "x-forwarded-for": client } });
  assert.equal((await asked("192.0.2.7")).status, 200);
  assert.equal((await asked("198.51.100.7")).status, 503);
});

test("maintenance ends the waiting of those that a pause holds", async (t) => {
  const { edge, url } = await chain(t, {});
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const held = fetch(url);
  await holds(edge, 1);
  edge.pause.mode = { kind: "maintenance", message: "later" };
  assert.equal((await held).status, 503);
});

test("a pause knows when the last request before it has ended", async (t) => {
  const waiting: ServerResponse[] = [];
  const listener = (_: IncomingMessage, response: ServerResponse) => void waiting.push(response);
  const upstream = await startUpstream(t, "127.0.0.2", listener, undefined);
  const { edge, ports } = await runEdge(t, upstream, {});
  const before = fetch(`http://127.0.0.1:${ports.http}/`);
  await eventually(
    async () => waiting.length,
    (length) => length === 1,
  );
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  assert.equal(await edge.pause.drain(20), 1);
  const empty = edge.pause.drain(MINUTE);
  waiting[0]?.end();
  assert.equal(await empty, 0);
  await before;
});

test("a stopping edge refuses its held requests at once", async (t) => {
  const { edge, url } = await chain(t, {});
  edge.pause.mode = { kind: "paused", longest: MINUTE };
  const asked = request(url, { agent: false });
  asked.end();
  await holds(edge, 1);
  const responding = once(asked, "response");
  await edge.stop();
  const [received]: IncomingMessage[] = await responding;
  assert.equal(received?.statusCode, 503);
});

test("a client that leaves while a file is searched on disk is not counted inside", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => response.end("ok"),
    undefined,
  );
  const folder = import.meta.dirname;
  const look = { immutable: false, index: undefined, fallback: "proxy" };
  const { edge, ports } = await runEdge(t, upstream, {}, (settings) => ({
    ...site(settings),
    files: [{ prefix: "/", folder, ...look }],
  }));
  // Node's threads for the disk are busy until the client has left.
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)("a", "b", 400_000, 32, "sha256"));
  const client = connect(ports.http, "127.0.0.1");
  client.end("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(client.resume(), "close");
  await Promise.all(busy);
  // A later request has been served by then.
  assert.equal((await fetch(`http://127.0.0.1:${ports.http}/next`)).status, 200);
  assert.equal(await edge.pause.drain(1000), 0);
});
