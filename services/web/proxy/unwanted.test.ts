import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

/** An edge before an application that responds when the test wants it. */
async function start(t: TestContext, changes: Partial<WebSettings> = {}) {
  const waiting: ServerResponse[] = [];
  const connections = new Set<Socket>();
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    ({ socket }, response) => {
      connections.add(socket);
      waiting.push(response);
    },
    undefined,
  );
  const { edge, ports } = await runEdge(t, upstream, changes, routed({ cache: false }));
  const arrived = (count: number) =>
    eventually(
      async () => waiting.length,
      (length) => length >= count,
    );
  const replica = () => edge.status().replicas[0];
  const inFlight = (count: number) =>
    eventually(
      async () => replica()?.inFlight,
      (found) => found === count,
    );
  return { port: ports.http, waiting, connections, arrived, inFlight, replica };
}

/** A client that sends a request, and resets its connection when the test wants it. */
async function send(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  return socket;
}

/** The status of another client's response. */
async function statusOfAnother(port: number): Promise<number | undefined> {
  const request = get({ port, host: "127.0.0.1", localAddress: "127.0.0.9", agent: false });
  const [response] = await once(request, "response");
  response.resume();
  return response.statusCode;
}

test("clients that reset their connections cost the replica no new ones", async (t) => {
  const { port, waiting, connections, arrived, inFlight } = await start(t);
  for (let count = 1; count <= 10; count++) {
    const client = await send(t, port);
    await arrived(count);
    client.resetAndDestroy();
    await once(client, "close");
    waiting[count - 1]?.end("too late");
    await inFlight(0);
  }
  // On a busy machine a response may come after its time.
  assert.ok(connections.size <= 3, `${connections.size} connections`);
});

test("what the replica does for a client that left counts for it: the 17th request waits for the end of one", async (t) => {
  const { port, waiting, connections, arrived } = await start(t);
  const clients = await Promise.all(Array.from({ length: 16 }, () => send(t, port)));
  await arrived(16);
  for (const client of clients) client.resetAndDestroy();
  await Promise.all(clients.map((client) => once(client, "close")));
  const another = statusOfAnother(port);
  await arrived(17);
  waiting[16]?.end("here");
  assert.equal(await another, 200, "another client is served meanwhile");
  await send(t, port);
  await arrived(18);
  const ended = [...connections].filter(({ readableEnded }) => readableEnded);
  assert.ok(ended.length > 0, "it was sent while 16 were at the application");
});

test("a response that nobody wants is waited for half a second, and a long one not at all", async (t) => {
  const { port, waiting, connections, arrived, inFlight } = await start(t);
  const ended = (at: number) => {
    const socket = [...connections][at];
    assert.ok(socket);
    return once(socket, "close", { signal: AbortSignal.timeout(stretched(10_000)) });
  };
  const slow = await send(t, port);
  await arrived(1);
  const left = performance.now();
  slow.resetAndDestroy();
  await ended(0);
  assert.ok(performance.now() - left > 400, "it was waited for");
  await inFlight(0);

  const long = await send(t, port);
  await arrived(2);
  waiting[1]?.writeHead(200, { "Content-Length": 1_000_000 }).write("x");
  await once(long, "data");
  const began = performance.now();
  long.resetAndDestroy();
  await ended(1);
  assert.ok(performance.now() - began < stretched(800), "it was not waited for");
});

test("where others wait for its connection, it is closed at once", async (t) => {
  const { port, arrived, waiting, replica } = await start(t, { upstreamConnections: 1 });
  const client = await send(t, port);
  await arrived(1);
  const another = statusOfAnother(port);
  await eventually(
    async () => replica()?.waiting,
    (count) => count === 1,
  );
  const began = performance.now();
  client.resetAndDestroy();
  await arrived(2);
  assert.ok(performance.now() - began < stretched(800), "it was not waited for");
  waiting[1]?.end("here");
  assert.equal(await another, 200);
});
