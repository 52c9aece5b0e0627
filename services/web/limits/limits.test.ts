import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { clientKey } from "@gatehouse/http";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { ask } from "../testing/files.ts";
import { startHttps } from "../testing/https.ts";
import { ClientRates, LeakyBucket } from "./request-limits.ts";

async function start(t: TestContext, changes: Partial<WebSettings>) {
  const upstream = await startUpstream(t, "127.0.0.2", (_, r) => r.end("application"), undefined);
  const { ports } = await runEdge(t, upstream, changes);
  return { url: `http://127.0.0.1:${ports.http}`, admin: `http://127.0.0.1:${ports.admin}` };
}

async function open(t: TestContext, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** What comes to a connection that sends nothing. */
async function heard(socket: Socket): Promise<string> {
  return Buffer.concat(await socket.toArray()).toString();
}

test("a bucket lets a burst through, then the rate, as limit_req with nodelay", () => {
  const rate = { perSecond: 10, burst: 3 };
  const bucket = new LeakyBucket(0);
  const at = (now: number) => bucket.take(rate, now);
  assert.deepEqual([at(0), at(0), at(0), at(0)], [0, 0, 0, 0]);
  assert.equal(at(0), 100);
  assert.equal(at(50), 50);
  assert.equal(at(100), 0);
  assert.equal(at(100), 100);
  assert.deepEqual([at(10_000), at(10_000), at(10_000), at(10_000)], [0, 0, 0, 0]);
});

test("a client is an IPv4 address, or the /64 of an IPv6 one", () => {
  assert.equal(clientKey("192.0.2.1"), "192.0.2.1");
  assert.equal(clientKey("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(clientKey("2001:db8:0:1:a:b:c:d"), clientKey("2001:db8:0:1::9"));
  assert.notEqual(clientKey("2001:db8:0:1::9"), clientKey("2001:db8:0:2::9"));
  assert.equal(clientKey("fe80::1%eth0.100"), clientKey("fe80::2"));
  assert.equal(clientKey("rubbish"), "rubbish");
});

test("a million clients are not all remembered, but the latest are", () => {
  const rate = { perSecond: 1, burst: 0 };
  const requests = new ClientRates();
  for (let client = 0; client < 100_000; client++) requests.take(`client ${client}`, rate, 0);
  assert.ok(requests.clients < 20_000);
  assert.ok(requests.take("client 99999", rate, 0) > 0);
  assert.equal(requests.take("client 0", rate, 0), 0);
});

test("a client above its rate gets 429 with Retry-After", async (t) => {
  const { url, admin } = await start(t, { limitClientRate: 1, limitClientBurst: 2 });
  const responses = [];
  for (let count = 0; count < 5; count++) responses.push(await ask(url, {}));
  assert.deepEqual(
    responses.slice(0, 3).map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(responses[4]?.status, 429);
  assert.equal(responses[4]?.headers["retry-after"], "1");
  await eventually(
    () => ask(url, {}),
    ({ status }) => status === 200,
  );
  const { body } = await ask(`${admin}/metrics`, {});
  assert.match(body.toString(), /^web_limited_total\{limit="rate"\} \d+$/m);
});

test("a dry run serves those who would be refused, and counts them", async (t) => {
  const changes = { limitClientRate: 1, limitClientBurst: 0, limitsDryRun: true };
  const { url, admin } = await start(t, changes);
  for (let count = 0; count < 4; count++) assert.equal((await ask(url, {})).status, 200);
  const { body } = await ask(`${admin}/status`, {});
  assert.ok(JSON.parse(body.toString()).limited.rate >= 2);
});

test("a dry run lets a client have more connections than its number, and counts them", async (t) => {
  const { url, admin } = await start(t, { limitClientConnections: 1, limitsDryRun: true });
  for (let count = 0; count < 3; count++) await open(t, url);
  assert.equal((await ask(url, {})).status, 200);
  const { body } = await ask(`${admin}/status`, {});
  assert.ok(JSON.parse(body.toString()).limited["client-connections"] >= 3);
});

test("a rejected connection of the TLS port gets no plain text: a response would cost a handshake", async (t) => {
  const { origin } = await startHttps(t, { limitConnections: 1 });
  await open(t, origin);
  assert.equal(await heard(await open(t, origin)), "");
});

test("behind a trusted proxy each client has a rate of its own", async (t) => {
  const changes = { limitClientRate: 1, limitClientBurst: 0, trustedProxies: ["127.0.0.1"] };
  const { url } = await start(t, changes);
  for (const client of ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:1::1"]) {
    assert.equal((await ask(url, { "x-forwarded-for": client })).status, 200, client);
  }
  assert.equal((await ask(url, { "x-forwarded-for": "2001:db8::2" })).status, 429);
});

test("the newest connection above the bound gets 503, the others stay", async (t) => {
  const { url } = await start(t, { limitConnections: 3 });
  const others = [await open(t, url), await open(t, url), await open(t, url)];
  const response = await heard(await open(t, url));
  assert.match(response, /^HTTP\/1.1 503 [\s\S]*\r\nRetry-After: 2\r\n/);
  const [oldest] = others;
  oldest?.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.match(await heard(oldest as Socket), /^HTTP\/1.1 200 /);
  await eventually(
    () => ask(url, {}),
    ({ status }) => status === 200,
  );
});

test("rejected connections take no room from later ones", async (t) => {
  const { url } = await start(t, { limitConnections: 2 });
  const [first] = [await open(t, url), await open(t, url)];
  for (let count = 0; count < 50; count++) await open(t, url);
  first?.destroy();
  await eventually(
    () => ask(url, {}),
    ({ status }) => status === 200,
  );
});

test("however many are rejected one after the other, each reads why", async (t) => {
  const { url } = await start(t, { limitConnections: 1 });
  await open(t, url);
  for (let count = 0; count < 140; count++) {
    assert.match(await heard(await open(t, url)), /^HTTP\/1.1 503 /, `number ${count}`);
  }
});

test("each of several workers and edges has its share of the connections and of the rate", async (t) => {
  const { url } = await start(t, { workers: 3, limitConnections: 6 });
  const own = [await open(t, url), await open(t, url)];
  assert.match(await heard(await open(t, url)), /^HTTP\/1.1 503 /);
  assert.equal(
    own.some(({ destroyed }) => destroyed),
    false,
  );

  const clients = await start(t, { edges: 3, limitClientConnections: 6 });
  await open(t, clients.url);
  await open(t, clients.url);
  assert.match(await heard(await open(t, clients.url)), /^HTTP\/1.1 429 /);

  const rated = await start(t, {
    ...{ workers: 25, edges: 4 },
    ...{ limitClientRate: 1, limitClientBurst: 100 },
  });
  const statuses = [];
  for (let count = 0; count < 4; count++) statuses.push((await ask(rated.url, {})).status);
  assert.deepEqual(statuses, [200, 200, 429, 429]);
});

test("a client above its number of connections gets 429, unless it is a trusted proxy", async (t) => {
  const { url } = await start(t, { limitClientConnections: 2 });
  await open(t, url);
  await open(t, url);
  assert.match(await heard(await open(t, url)), /^HTTP\/1.1 429 [\s\S]*\r\nRetry-After: 2\r\n/);

  const behind = await start(t, { limitClientConnections: 2, trustedProxies: ["127.0.0.1"] });
  for (let count = 0; count < 4; count++) await open(t, behind.url);
  assert.equal((await ask(behind.url, {})).status, 200);
});

test("connections that end are not counted any more, however they end", async (t) => {
  const { url } = await start(t, { limitClientConnections: 2 });
  for (let round = 0; round < 20; round++) {
    const socket = await open(t, url);
    if (round % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
    await once(socket, "close");
  }
  await eventually(
    () => ask(url, {}),
    ({ status }) => status === 200,
  );
});

test("an idle HTTP/2 connection is closed, one that waits for its response is not", async (t) => {
  const { ca, origin } = await startHttps(t, { keepAlive: 300 });
  const idle = connectHttp2(origin, { ca });
  await once(idle, "connect");
  await once(idle, "close");
  const busy = connectHttp2(origin, { ca });
  const stream = busy.request({ ":path": "/", ":method": "POST" });
  stream.write("a beginning");
  const another = connectHttp2(origin, { ca });
  await once(another, "close");
  stream.end();
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 200);
  busy.destroy();
});
