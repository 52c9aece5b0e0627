import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge } from "../testing/edge.ts";
import { answer, type BytesUpstream, routed, startBytes } from "../testing/upstream.ts";

async function start(t: TestContext, upstream: BytesUpstream, changes: Partial<WebSettings> = {}) {
  const { ports } = await runEdge(t, upstream, { circuitFailures: 0, ...changes }, routed({}));
  const url = `http://127.0.0.1:${ports.http}`;
  return async (path: string, init?: RequestInit) => {
    const got = await fetch(url + path, init);
    return `${got.status} ${await got.text()}`;
  };
}

const target = (heard: string) => /^GET (\S+) /m.exec(heard.slice(heard.lastIndexOf("GET ")))?.[1];

test("an answer with a second one behind it is 502, and the next request gets its own", async (t) => {
  const upstream = await startBytes(t, (socket, heard, nth) => {
    socket.write(nth === 0 ? answer("first") + answer("SMUGGLED") : answer(`${target(heard)}`));
  });
  const get = await start(t, upstream);
  assert.match(await get("/victim"), /^502 /);
  for (const path of ["/a", "/b", "/c"]) assert.equal(await get(path), `200 ${path}`);
});

test("bytes that come while nobody has asked close the connection, and reach nobody", async (t) => {
  const upstream = await startBytes(t, (socket, heard) => {
    socket.write(answer(`${target(heard)}`));
  });
  const get = await start(t, upstream);
  assert.equal(await get("/a"), "200 /a");
  const [first] = upstream.connections;
  assert.ok(first);
  const closed = once(first, "close");
  first.write(answer("SMUGGLED"));
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
  ["an upgrade that nobody asked for", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"],
] as const) {
  test(`an answer with ${what} is 502 with the request's id, asked once, and the next is well`, async (t) => {
    const upstream = await startBytes(t, (socket, heard, nth) => {
      socket.write(nth === 0 ? bytes : answer(`${target(heard)}`));
    });
    const get = await start(t, upstream);
    assert.match(await get("/a", { headers: { accept: "application/json" } }), /^502 .*request_id/);
    assert.equal(upstream.connections.length, 1);
    assert.equal(await get("/b"), "200 /b");
    assert.equal(upstream.connections.length, 2);
  });
}

test("a bad chunk breaks the answer off for the client, and the next one is well", async (t) => {
  const upstream = await startBytes(t, (socket, heard, nth) => {
    const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n";
    socket.write(nth === 0 ? chunks : answer(`${target(heard)}`));
  });
  const get = await start(t, upstream);
  await assert.rejects(get("/a"));
  assert.equal(await get("/b"), "200 /b");
});

test("an answer before the whole body has been sent is passed on, and its connection not kept", async (t) => {
  const upstream = await startBytes(t, (socket, heard) => {
    if (heard.startsWith("POST")) socket.write("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno");
    else socket.write(answer(`${target(heard)}`));
  });
  const get = await start(t, upstream);
  let finish = () => {};
  const body = new ReadableStream({
    async start(pieces) {
      pieces.enqueue(Buffer.from("beginning"));
      await new Promise<void>((done) => {
        finish = done;
      });
      pieces.close();
    },
  });
  const post = get("/up", { method: "POST", body, duplex: "half" });
  await eventually(
    async () => upstream.connections[0],
    (connection) => connection?.destroyed === true,
  );
  finish();
  assert.equal(await post, "413 no");
  assert.equal(await get("/b"), "200 /b");
});
