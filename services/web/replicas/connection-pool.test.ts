import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import {
  eventually,
  runEdge,
  startEdge,
  startNameServer,
  startUpstream,
  type Upstream,
} from "../testing/edge.ts";
import { response, routed, startBytes } from "../testing/upstream.ts";

/** Without the cache, where equal requests would wait for each other. */
async function run(t: TestContext, upstream: Upstream, changes: Partial<WebSettings>) {
  return runEdge(t, upstream, changes, routed({ cache: false }));
}

test("requests one after the other share one connection", async (t) => {
  const ports = new Set<number | undefined>();
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    },
    undefined,
  );
  const url = await startEdge(t, upstream, {});
  for (let request = 0; request < 10; request++) await fetch(url);
  assert.equal(ports.size, 1);
});

test("the edge closes an idle connection before a gateway that keeps it a little longer", async (t) => {
  const closers: string[] = [];
  // Of a timer without an end, for a connection that is closing: such a one is due at once, again and again.
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  t.after(() => process.off("warning", warned));
  const server = createServer({ keepAliveTimeout: 1500 }, (_, response) => {
    // Sent by the application, so that Node does not announce its timeout.
    response.setHeader("Connection", "keep-alive");
    response.end("ok");
  });
  // Node keeps a connection a second longer than it announces; this one does not.
  Reflect.set(server, "keepAliveTimeoutBuffer", 0);
  server.on("connection", (socket: Socket) => {
    let closer = "gateway";
    socket.once("end", () => {
      closer = "edge";
    });
    socket.once("close", () => closers.push(closer));
  });
  server.listen(0, "127.0.0.2");
  await once(server, "listening");
  t.after(() => server.close().closeAllConnections());
  const admin = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const { port } = server.address() as AddressInfo;
  const url = await startEdge(t, { ...admin, port }, { upstreamIdle: 500 });
  for (let round = 0; round < 3; round++) {
    assert.equal((await fetch(url)).status, 200);
    await eventually(
      async () => closers.length,
      (count) => count > round,
    );
  }
  assert.deepEqual(closers, ["edge", "edge", "edge"]);
  assert.deepEqual(warnings, []);
});

test("an idle connection is closed before the time that its gateway announces", async (t) => {
  const closers: string[] = [];
  const upstream = await startBytes(t, (socket) => {
    let closer = "edge";
    const late = setTimeout(() => {
      closer = "gateway";
      socket.destroy();
    }, 1000);
    socket.once("close", () => {
      clearTimeout(late);
      closers.push(closer);
    });
    socket.write("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n");
  });
  const url = await startEdge(t, upstream, { upstreamIdle: 60_000 });
  await fetch(url);
  await eventually(
    async () => closers,
    ({ length }) => length > 0,
  );
  assert.deepEqual(closers, ["edge"]);
});

test("a replica that has gone keeps no connection once its response is complete", async (t) => {
  const upstream = await startBytes(t, () => undefined);
  const addresses = [upstream.address];
  const nameServer = await startNameServer(t, addresses);
  const { edge, ports } = await runEdge(
    t,
    upstream,
    { nameServer, upstream: `app.test:${upstream.port}`, upstreamIdle: 60_000 },
    routed({}),
  );
  const got = fetch(`http://127.0.0.1:${ports.http}`);
  const socket = await eventually(
    async () => upstream.connections[0],
    (connection) => connection !== undefined,
  );
  const other = await startUpstream(t, "127.0.0.3", (_, response) => response.end(), upstream);
  addresses[0] = other.address;
  await eventually(
    async () => edge.status().replicas.map(({ address }) => address),
    (replicas) => String(replicas) === other.address,
  );
  socket?.write(response("complete"));
  assert.equal(await (await got).text(), "complete");
  await eventually(
    async () => socket?.destroyed,
    (destroyed) => destroyed === true,
  );
});

for (const [kind, body] of [
  ["with a body", "order"],
  ["without a body", undefined],
] as const) {
  test(`a kept connection that breaks under a GET costs nothing; a POST ${kind} is not sent twice`, async (t) => {
    const upstream = await startBytes(t, (socket, received, nth) => {
      const requests = received.match(/^(?:GET|POST) /gm)?.length ?? 0;
      if (requests === 1) socket.write(response("first"));
      else if (nth === 0 || received.includes("POST /second")) socket.destroy();
      else socket.write(response("second"));
    });
    const { ports } = await run(t, upstream, {});
    const send = async (path: string, init?: RequestInit) => {
      const got = await fetch(`http://127.0.0.1:${ports.http}${path}`, init);
      await got.arrayBuffer();
      return got.status;
    };
    assert.equal(await send("/"), 200);
    // The kept connection breaks under this one: the response is that of a second connection.
    assert.equal(await send("/"), 200);
    assert.equal(upstream.connections.length, 2);
    const init: RequestInit = { method: "POST", ...(body === undefined ? {} : { body }) };
    assert.equal(await send("/second", init), 502);
    const posts = upstream.received.join("").match(/^POST /gm)?.length;
    assert.equal(posts, 1);
  });
}

test("no more connections than allowed; further requests wait for one, and too many get 503", async (t) => {
  const waiting: (() => void)[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => void waiting.push(() => response.end()),
    undefined,
  );
  const limits = { upstreamConnections: 2, upstreamQueue: 3 };
  const { edge, ports } = await run(t, upstream, limits);
  const url = `http://127.0.0.1:${ports.http}`;
  const sent = Array.from({ length: 6 }, async () => (await fetch(url)).status);
  assert.equal(await Promise.race(sent), 503);
  await eventually(
    async () => edge.status().replicas.map((replica) => [replica.waiting, replica.inFlight]),
    (figures) => figures.join() === "3,5",
  );
  assert.equal(waiting.length, 2);
  for (let responses = 0; responses < 5; responses++) {
    await eventually(
      async () => waiting.length,
      (count) => count > 0,
    );
    waiting.shift()?.();
  }
  const statuses = await Promise.all(sent);
  assert.deepEqual(statuses.toSorted(), [200, 200, 200, 200, 200, 503]);
});

test("a request waits for a connection no longer than allowed: 503 with Retry-After", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", () => undefined, undefined);
  const limits = { upstreamConnections: 1, upstreamQueueTimeout: 100 };
  const { ports } = await run(t, upstream, limits);
  const url = `http://127.0.0.1:${ports.http}`;
  const leaving = new AbortController();
  const first = fetch(url, { signal: leaving.signal }).catch(() => undefined);
  const { status, headers } = await eventually(
    () => fetch(url, { signal: AbortSignal.timeout(2000) }),
    ({ status }) => status === 503,
  );
  assert.deepEqual([status, headers.get("retry-after")], [503, "2"]);
  leaving.abort();
  await first;
});

test("the requests of clients that leave are not sent, or broken off where they were", async (t) => {
  let broken = 0;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request) => void request.socket.once("close", () => broken++),
    undefined,
  );
  const { edge, ports } = await run(t, upstream, { upstreamConnections: 1 });
  const leaving = new AbortController();
  const { signal } = leaving;
  const sent = Array.from({ length: 3 }, () =>
    fetch(`http://127.0.0.1:${ports.http}`, { signal }).catch(() => undefined),
  );
  const replica = () => edge.status().replicas[0];
  await eventually(
    async () => replica()?.waiting,
    (waiting) => waiting === 2,
  );
  leaving.abort();
  await Promise.all(sent);
  await eventually(
    async () => [replica()?.waiting, replica()?.inFlight, broken],
    (figures) => figures.join() === "0,0,1",
  );
  const admin = `http://127.0.0.1:${ports.admin}/metrics`;
  await eventually(
    async () => (await fetch(admin)).text(),
    (metrics) => metrics.includes('served_by="application",status="4xx"} 3'),
  );
});

test("a GET whose kept connection breaks gets a new one, although all that are allowed are idle", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    const requests = received.match(/^GET /gm)?.length ?? 0;
    if (requests === 1) socket.write(response("well"));
    else socket.destroy();
  });
  const { edge, ports } = await run(t, upstream, { upstreamConnections: 3, upstreamIdle: 60_000 });
  const get = async () => (await fetch(`http://127.0.0.1:${ports.http}`)).text();
  await Promise.all(Array.from({ length: 3 }, get));
  await eventually(
    async () => edge.status().replicas[0]?.idle,
    (idle) => idle === 3,
  );
  assert.equal(await get(), "well");
  assert.ok((edge.status().replicas[0]?.connections ?? 9) <= 3);
});

test("a replica that accepts in time is not too late because the edge is busy", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => response.writeHead(200, { Connection: "close" }).end("ok"),
    undefined,
  );
  const { ports } = await run(t, upstream, { connectTimeout: 25, circuitFailures: 0 });
  // The edge is in this process, which spends nearly all of its time in the handlers of two sockets:
  // also between the begin of an upstream connection and the next check of the deadlines.
  const busy = await startBytes(t, (socket) => {
    const until = performance.now() + 40;
    while (performance.now() < until);
    socket.write("x");
  });
  for (let each = 0; each < 2; each++) {
    const client = connect(busy.port, "127.0.0.2").on("data", () => client.write("x"));
    client.on("error", () => undefined).write("x");
    t.after(() => client.destroy());
  }
  const got = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${ports.http}/`));
  const statuses = (await Promise.all(got)).map(({ status }) => status);
  assert.deepEqual(statuses, Array(20).fill(200));
});
