import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import type { RouteTimeouts } from "../site/site.ts";
import { runEdge, startUpstream } from "../testing/edge.ts";
import { routed, stalled, startBytes } from "../testing/upstream.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

/** What a client gets from an application that sends `sent` and then nothing, or a drop at a time. */
async function get(t: TestContext, timeouts: RouteTimeouts, { sent = "", drop = "" }) {
  const upstream = await startBytes(t, (socket) => {
    if (sent !== "") socket.write(sent);
    if (drop === "") return;
    const timer = setInterval(() => socket.write(drop), 20);
    socket.once("close", () => clearInterval(timer));
  });
  const { ports } = await runEdge(t, upstream, { gracefulTimeout: 50 }, routed({ timeouts }));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`);
  await got.text();
  return { status: got.status, attempts: upstream.connections.length };
}

test("no first byte in time: 504, sent once", async (t) => {
  assert.deepEqual(await get(t, { firstByte: 100 }, {}), { status: 504, attempts: 1 });
});

test("a first byte but no whole head in time: 504", async (t) => {
  const { status } = await get(t, { firstByte: 100 }, { sent: "HTTP/1.1 200 " });
  assert.equal(status, 504);
});

test("a silence within the response breaks it off for the client", async (t) => {
  await assert.rejects(get(t, { betweenBytes: 100 }, { sent: HEAD }));
});

test("a response that trickles is cut when its total time is over", async (t) => {
  await assert.rejects(get(t, { betweenBytes: 1000, total: 300 }, { sent: HEAD, drop: "x" }));
});

test("the total time counts from the request's head: 504 where nothing was received", async (t) => {
  assert.equal((await get(t, { firstByte: 5000, total: 100 }, {})).status, 504);
});

test("an application that stops reading the request's body: 504", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request) => void request.pause(),
    undefined,
  );
  const changes = { bodyMinRate: 0, limitRequestBody: 0, gracefulTimeout: 50 };
  const { ports } = await runEdge(t, upstream, changes, routed({ timeouts: { send: 200 } }));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`, {
    method: "POST",
    // More than two connections hold.
    body: Buffer.alloc(2 * SOCKET_BUFFERS + 16 * 1024 ** 2),
  });
  assert.equal(got.status, 504);
});

test("a client may read more slowly than the application may be silent", async (t) => {
  const size = 2 * SOCKET_BUFFERS + 16 * 1024 ** 2;
  let written = 0;
  const upstream = await startBytes(t, (socket, received) => {
    if (received.includes("GET /silent")) {
      socket.write(HEAD);
      return;
    }
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    const fill = () => {
      while (written < size) {
        written += 65_536;
        if (!socket.write(Buffer.alloc(65_536))) return;
      }
    };
    socket.on("drain", fill);
    fill();
  });
  const route = routed({ timeouts: { betweenBytes: 200 } });
  const { ports } = await runEdge(t, upstream, { gracefulTimeout: 50 }, route);
  const sent = request({ port: ports.http, host: "127.0.0.1", agent: false }).end();
  const [slow] = await once(sent, "response");
  assert.ok((await stalled(() => written)) < size);
  // It falls silent later, and is cut: by then the timeout of the slow one is over, if it had one.
  await assert.rejects(fetch(`http://127.0.0.1:${ports.http}/silent`).then((got) => got.text()));
  let bytes = 0;
  for await (const piece of slow) bytes += piece.length;
  assert.equal(bytes, size);
});
