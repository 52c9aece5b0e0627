import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startEdge, startUpstream, type Upstream } from "../testing/edge.ts";
import { answer, routed, startBytes } from "../testing/upstream.ts";

/** No cache between: equal requests would wait for each other there. */
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
  const server = createServer({ keepAliveTimeout: 1500 }, (_, response) => {
    // Said by the application, so that Node does not announce how long it waits.
    response.setHeader("Connection", "keep-alive");
    response.end("ok");
  });
  // Node keeps a second more than it says; this one closes exactly then.
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
});

test("what a gateway announces of its patience counts, where it is less than the setting's", async (t) => {
  const upstream = await startBytes(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n");
  });
  const url = await startEdge(t, upstream, { upstreamIdle: 60_000 });
  await fetch(url);
  const [socket] = upstream.connections;
  if (socket !== undefined && !socket.destroyed) await once(socket, "close");
  await fetch(url);
  assert.equal(upstream.connections.length, 2);
});

test("a connection that the gateway closes after a request costs no GET; a POST is not sent twice", async (t) => {
  const upstream = await startBytes(t, (socket, heard, nth) => {
    const requests = heard.match(/^(?:GET|POST) /gm)?.length ?? 0;
    if (requests === 1) socket.write(answer("first on it"));
    else if (nth === 0 || heard.includes("POST /second")) socket.destroy();
    else socket.write(answer("second on it"));
  });
  const url = await startEdge(t, upstream, {});
  const get = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).status;
  assert.equal(await get("/"), 200);
  // The kept connection breaks under this one: only a fresh one can have answered it.
  assert.equal(await get("/"), 200);
  assert.equal(upstream.connections.length, 2);
  assert.equal(await get("/second", { method: "POST", body: "order" }), 502);
  const posts = upstream.heard.join("").match(/^POST /gm)?.length;
  assert.equal(posts, 1);
});

test("no more connections than allowed; further requests wait their turn, and too many get 503", async (t) => {
  const waiting: (() => void)[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => void waiting.push(() => response.end("answered")),
    undefined,
  );
  const limits = { upstreamConnections: 2, upstreamQueue: 3 };
  const { edge, ports } = await run(t, upstream, limits);
  const url = `http://127.0.0.1:${ports.http}`;
  const asked = Array.from({ length: 6 }, async () => (await fetch(url)).status);
  assert.equal(await Promise.race(asked), 503);
  await eventually(
    async () => edge.status().replicas.map((replica) => [replica.waiting, replica.inFlight]),
    (figures) => figures.join() === "3,5",
  );
  assert.equal(waiting.length, 2);
  for (let answered = 0; answered < 5; answered++) {
    await eventually(
      async () => waiting.length,
      (count) => count > 0,
    );
    waiting.shift()?.();
  }
  const statuses = await Promise.all(asked);
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

test("a client that leaves while it waits takes its place with it, and breaks off what was begun", async (t) => {
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
  const asked = Array.from({ length: 3 }, () =>
    fetch(`http://127.0.0.1:${ports.http}`, { signal }).catch(() => undefined),
  );
  const replica = () => edge.status().replicas[0];
  await eventually(
    async () => replica()?.waiting,
    (waiting) => waiting === 2,
  );
  leaving.abort();
  await Promise.all(asked);
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

test("failures in a row open a replica's circuit; it closes when a request succeeds again", async (t) => {
  let broken = true;
  let asked = 0;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      asked++;
      if (broken) request.socket.destroy();
      else response.end("well");
    },
    undefined,
  );
  const limits = { circuitFailures: 3, circuitOpenFor: 300 };
  const { edge, ports } = await run(t, upstream, limits);
  const post = async () => {
    const got = await fetch(`http://127.0.0.1:${ports.http}`, { method: "POST", body: "x" });
    await got.arrayBuffer();
    return got.status;
  };
  assert.deepEqual([await post(), await post(), await post()], [502, 502, 502]);
  assert.equal(edge.status().replicas[0]?.circuit, "open");
  assert.equal(await post(), 503);
  assert.equal(asked, 3);
  broken = false;
  await after(300);
  assert.equal(await post(), 200);
  assert.equal(edge.status().replicas[0]?.circuit, "closed");
});

test("a replica that accepted in time is not late because the edge was busy", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => response.writeHead(200, { Connection: "close" }).end("ok"),
    undefined,
  );
  const { ports } = await run(t, upstream, { connectTimeout: 25, circuitFailures: 0 });
  // The edge is in this process, and has hardly a moment for anything.
  const busy = setInterval(() => {
    const until = performance.now() + 60;
    while (performance.now() < until);
  }, 1);
  t.after(() => clearInterval(busy));
  const answers = Array.from({ length: 10 }, () => fetch(`http://127.0.0.1:${ports.http}/`));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.deepEqual(statuses, Array(10).fill(200));
});
