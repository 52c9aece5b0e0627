import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge } from "../testing/edge.ts";
import { type BytesUpstream, response, routed, startBytes } from "../testing/upstream.ts";

async function start(t: TestContext, upstream: BytesUpstream, changes: Partial<WebSettings> = {}) {
  const { ports } = await runEdge(t, upstream, { circuitFailures: 0, ...changes }, routed({}));
  const url = `http://127.0.0.1:${ports.http}`;
  return async (path: string, init?: RequestInit) => {
    const got = await fetch(url + path, init);
    return `${got.status} ${await got.text()}`;
  };
}

/** The target of the last request on a connection. */
const target = (received: string) =>
  /^GET (\S+) /m.exec(received.slice(received.lastIndexOf("GET ")))?.[1];

test("a response with a second one behind it is 502, and the next request gets its own", async (t) => {
  const upstream = await startBytes(t, (socket, received, nth) => {
    socket.write(
      nth === 0 ? response("first") + response("SMUGGLED") : response(`${target(received)}`),
    );
  });
  const get = await start(t, upstream);
  assert.match(await get("/victim"), /^502 /);
  for (const path of ["/a", "/b", "/c"]) assert.equal(await get(path), `200 ${path}`);
});

test("bytes without a request close the connection, and reach no client", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    socket.write(response(`${target(received)}`));
  });
  const get = await start(t, upstream);
  assert.equal(await get("/a"), "200 /a");
  const [first] = upstream.connections;
  assert.ok(first);
  const closed = once(first, "close");
  first.write(response("SMUGGLED"));
  await closed;
  assert.equal(await get("/b"), "200 /b");
  assert.equal(upstream.connections.length, 2);
});

for (const [what, bytes] of [
  [
    "both framings",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
  ],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
  ["a split head", "HTTP/1.1 200 OK\r\nX: 1\nSet-Cookie: forged\r\nContent-Length: 0\r\n\r\n"],
  ["an endless head", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(40_000)}\r\n\r\n`],
  ["an upgrade without a request for it", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"],
] as const) {
  test(`a response with ${what} is 502 with the request's id, not retried, and the next is well`, async (t) => {
    const upstream = await startBytes(t, (socket, received, nth) => {
      socket.write(nth === 0 ? bytes : response(`${target(received)}`));
    });
    const get = await start(t, upstream);
    assert.match(await get("/a", { headers: { accept: "application/json" } }), /^502 .*request_id/);
    assert.equal(upstream.connections.length, 1);
    assert.equal(await get("/b"), "200 /b");
    assert.equal(upstream.connections.length, 2);
  });
}

test("a bad chunk breaks the response off for the client, and the next one is well", async (t) => {
  const upstream = await startBytes(t, (socket, received, nth) => {
    const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n";
    socket.write(nth === 0 ? chunks : response(`${target(received)}`));
  });
  const get = await start(t, upstream);
  await assert.rejects(get("/a"));
  assert.equal(await get("/b"), "200 /b");
});

for (const [framing, first, second] of [
  ["chunked", "", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"],
  ["counted", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "first"],
] as const) {
  test(`bytes behind a complete ${framing} response never reach the client that waits for the connection`, async (t) => {
    const upstream = await startBytes(t, (socket, received, nth) => {
      if (nth > 0) {
        socket.write(response(`${target(received)}`));
        return;
      }
      // Only once the second request waits for this connection, and all in one piece.
      socket.write(first);
      void eventually(
        async () => edge.status().replicas[0]?.waiting,
        (waiting) => waiting === 1,
      ).then(() => socket.write(second + response("SMUGGLED")));
    });
    const changes = { circuitFailures: 0, upstreamConnections: 1 };
    const { edge, ports } = await runEdge(t, upstream, changes, routed({}));
    const get = async (path: string) =>
      (await fetch(`http://127.0.0.1:${ports.http}${path}`)).text();
    const attacker = get("/attacker");
    await eventually(
      async () => upstream.received[0] ?? "",
      (received) => received.includes("GET /attacker"),
    );
    assert.equal(await get("/victim"), "/victim");
    assert.equal(await attacker, "first");
  });
}

test("a response before the whole body was sent is passed on, and its connection not used again", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    if (received.startsWith("POST")) socket.write("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno");
    else socket.write(response(`${target(received)}`));
  });
  // So long that no idle timeout closes the connection in its stead.
  const get = await start(t, upstream, { upstreamIdle: 60_000 });
  let finish = () => {};
  const body = new ReadableStream({
    async start(pieces) {
      pieces.enqueue(Buffer.from("beginning"));
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      pieces.close();
    },
  });
  const post = get("/up", { method: "POST", body, duplex: "half" });
  await eventually(
    async () => upstream.connections[0],
    (connection) => connection?.destroyed === true,
  );
  assert.equal(await get("/b"), "200 /b");
  assert.equal(upstream.connections.length, 2);
  finish();
  assert.equal(await post, "413 no");
});
