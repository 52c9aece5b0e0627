import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { spareTime } from "../limits/spare-time.ts";
import {
  FLAG,
  FRAME,
  FrameClient,
  fieldBlock,
  frame,
  PREFACE,
  REQUEST,
  uint32,
} from "../testing/http2-frames.ts";
import { makeCertificateFor } from "../testing/https.ts";
import { beginSession } from "./transport.ts";

const BLOCK = fieldBlock(REQUEST);
const get = (stream: number) =>
  frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, BLOCK);

/** A server over HTTP/2 whose requests all yield, or none does, and what it serves, turn by turn. */
async function start(t: TestContext, yields: boolean) {
  const { ca, key } = await makeCertificateFor(t, ["a.example"]);
  const connections: TLSSocket[] = [];
  let turn = 0;
  const requests: number[] = [];
  const pieces: number[] = [];
  const server = createHttp2Server((request, response) => {
    requests.push(turn);
    request.on("data", () => pieces.push(turn)).on("error", () => undefined);
    request.on("end", () => response.end("ok"));
  });
  const tls = createServer({ cert: ca, key, ALPNProtocols: ["h2"] }, (socket) => {
    connections.push(socket);
    beginSession(server, socket, () => (yields ? "client" : undefined));
  });
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  t.after(() => tls.close());
  const { port } = tls.address() as AddressInfo;
  return {
    port,
    open: () => FrameClient.open(t, port),
    connections,
    requests,
    pieces,
    /** Takes all of the spare time of each turn from now on. */
    occupy(): void {
      let ends = false;
      t.after(() => {
        ends = true;
      });
      const work = () => {
        turn++;
        const until = performance.now() + 8;
        while (performance.now() < until);
        if (!ends) spareTime.later(work);
      };
      spareTime.later(work);
    },
  };
}

/** How often the same turn occurs at most. */
function most(turns: readonly number[]): number {
  const counts = Map.groupBy(turns, (turn) => turn).values();
  return Math.max(0, ...[...counts].map(({ length }) => length));
}

test("of a hundred requests in one piece each waits for spare time of its own", async (t) => {
  const { open, requests, occupy } = await start(t, true);
  const client = await open();
  occupy();
  client.send(...Array.from({ length: 100 }, (_, at) => get(2 * at + 1)));
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 199);
  assert.equal(requests.length, 100);
  assert.ok(most(requests) <= 2, `${most(requests)} requests in a turn`);
});

test("a request that does not yield waits for nobody", async (t) => {
  const { open, requests, occupy } = await start(t, false);
  const client = await open();
  occupy();
  client.send(...Array.from({ length: 20 }, (_, at) => get(2 * at + 1)));
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 39);
  assert.equal(requests.length, 20);
  assert.ok(new Set(requests).size <= 3, `in ${new Set(requests).size} turns`);
});

test("of a thousand tiny frames in one piece 65 are served in a turn", async (t) => {
  const { open, pieces, occupy } = await start(t, false);
  const client = await open();
  occupy();
  const tiny = frame(FRAME.data, 0, 1, Buffer.from("x"));
  client.send(
    frame(FRAME.headers, FLAG.endHeaders, 1, BLOCK),
    ...Array.from({ length: 999 }, () => tiny),
    frame(FRAME.data, FLAG.endStream, 1, Buffer.from("x")),
  );
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 1);
  assert.equal(pieces.length, 1000);
  // Two of its turns may lie between two of ours.
  assert.ok(most(pieces) <= 130, `${most(pieces)} frames in a turn`);
});

test("requests in pieces of any size are served whole", async (t) => {
  const { open, requests, pieces } = await start(t, true);
  const client = await open();
  const body = Buffer.alloc(10_000, "x");
  const sent = Buffer.concat([
    frame(FRAME.headers, FLAG.endHeaders, 1, BLOCK),
    frame(FRAME.data, FLAG.endStream, 1, body),
    get(3),
  ]);
  for (let at = 0; at < sent.length; at += 701) {
    client.send(sent.subarray(at, at + 701));
    await new Promise(setImmediate);
  }
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 1);
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 3);
  assert.equal(requests.length, 2);
  assert.ok(pieces.length > 0);
});

test("a client that leaves while its requests wait ends nothing but its session", async (t) => {
  const { open, connections, requests, occupy } = await start(t, true);
  occupy();
  for (let round = 0; round < 5; round++) {
    const client = await open();
    client.send(...Array.from({ length: 100 }, (_, at) => get(2 * at + 1)));
    await client.frame(({ type }) => type === FRAME.headers);
    await client.close();
  }
  const client = await open();
  client.send(get(1));
  const response = await client.frame(({ type }) => type === FRAME.headers);
  assert.ok(response !== undefined);
  await client.close();
  while (connections.some(({ destroyed }) => !destroyed)) await new Promise(setImmediate);
  assert.ok(requests.length < 400, `${requests.length} of 501 requests were served`);
});

test("a reset that follows its request in one piece is not missed", async (t) => {
  const { open, requests } = await start(t, true);
  const client = await open();
  const reset = (stream: number) => frame(FRAME.reset, 0, stream, uint32(8));
  client.send(get(1), reset(1), get(3));
  const response = await client.frame(({ type, stream }) => type === FRAME.headers && stream === 3);
  assert.ok(response !== undefined);
  assert.ok(!client.frames.some(({ type, stream }) => type === FRAME.headers && stream === 1));
  assert.ok(requests.length <= 2);
});

test("a session that breaks the rules is told so, although nothing of it was sent yet", async (t) => {
  const { port } = await start(t, false);
  // RFC 9113, section 8.1.1: more than its Content-Length.
  const fields = fieldBlock([...REQUEST.slice(1), [":method", "POST"], ["content-length", "3"]]);
  const sent = Buffer.concat([
    Buffer.from(PREFACE),
    frame(FRAME.settings, 0, 0, Buffer.alloc(0)),
    frame(FRAME.headers, FLAG.endHeaders, 1, fields),
    frame(FRAME.data, FLAG.endStream, 1, Buffer.from("hello")),
  ]);
  for (let round = 0; round < 20; round++) {
    const socket = connect({
      port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
    });
    t.after(() => socket.destroy());
    socket.write(sent);
    let received = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
    });
    socket.on("error", () => undefined);
    await new Promise((closed) => socket.once("close", closed));
    const types: number[] = [];
    for (let at = 0; at < received.length; at += 9 + received.readUIntBE(at, 3)) {
      types.push(received.readUInt8(at + 3));
    }
    assert.ok(types.includes(FRAME.goaway), `round ${round}: closed after frames ${types}`);
  }
});
