import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { createServer, type TLSSocket } from "node:tls";
import { spareTime } from "../limits/spare-time.ts";
import {
  CODE,
  FLAG,
  FRAME,
  FrameClient,
  fieldBlock,
  frame,
  REQUEST,
  uint32,
} from "../testing/http2-frames.ts";
import { makeCertificateFor } from "../testing/https.ts";
import { isFree, occupyTurns } from "../testing/spare-time.ts";
import { beginSession, endSession, hasWaiting } from "./transport.ts";

/** The client of all connections. */
const CLIENT = "client";
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
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session));
  const tls = createServer({ cert: ca, key, ALPNProtocols: ["h2"] }, (socket) => {
    connections.push(socket);
    beginSession(server, socket, {
      yields: () => (yields ? CLIENT : undefined),
      clientOf: () => CLIENT,
    });
  });
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  t.after(() => tls.close());
  const { port } = tls.address() as AddressInfo;
  return {
    open: () => FrameClient.open(t, port),
    connections,
    sessions,
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

test("a request that does not yield waits for no other", async (t) => {
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

test("many frames in one piece have the turns of their client, and no others", async (t) => {
  const { open, requests, pieces, sessions } = await start(t, false);
  const client = await open();
  client.send(frame(FRAME.headers, FLAG.endHeaders, 1, BLOCK));
  while (requests.length === 0) await new Promise(setImmediate);
  const order: string[] = [];
  // Work of the client's other connections, which waits already when the first frames are read.
  sessions[0]?.once("ping", () => {
    for (let count = 0; count < 9; count++) spareTime.later(() => void order.push("other"), CLIENT);
  });
  sessions[0]?.on("ping", () => order.push("ping"));
  const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
  client.send(...Array.from({ length: 80 }, () => ping));
  await client.frame(() => order.length === 89);
  assert.equal(order.lastIndexOf("other"), order.indexOf("other") + 8, String(order));
  assert.equal(pieces.length, 0);
});

test("a session that is closed while its requests wait has no turn", async (t) => {
  const { open, connections, sessions } = await start(t, true);
  const client = await open();
  occupyTurns(20);
  client.send(get(1), get(3));
  while (!sessions.some(hasWaiting)) await new Promise(setImmediate);
  connections[0]?.destroy();
  while (sessions[0]?.destroyed === false) await new Promise(setImmediate);
  assert.ok(await isFree(CLIENT));
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

/** What each GOAWAY says: its last stream, and its code. */
const goaways = ({ frames }: FrameClient) =>
  frames
    .filter(({ type }) => type === FRAME.goaway)
    .map(({ payload }) => ({ last: payload.readUInt32BE(0), code: payload.readUInt32BE(4) }));

/** A client has read what ends its session. @returns the codes of it, each once */
async function endedWith(client: FrameClient): Promise<number[]> {
  await client.ended;
  const all = goaways(client);
  for (const [at, { last }] of all.entries()) {
    // RFC 9113, section 6.8: endpoints must not increase it.
    assert.ok(at === 0 || last <= (all[at - 1]?.last ?? 0), JSON.stringify(all));
  }
  return [...new Set(all.map(({ code }) => code))];
}

/** A client that has been served once, and its session. */
async function served({ open, sessions }: Awaited<ReturnType<typeof start>>) {
  const client = await open();
  client.send(get(1));
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 1);
  const [session] = sessions;
  assert.ok(session !== undefined);
  return { client, session };
}

test("a session that is ended has a GOAWAY with its code, although a write before it has not ended", async (t) => {
  const { client, session } = await served(await start(t, false));
  // Node writes the PING at the end of this turn, and what follows it after the next one only.
  session.ping(() => undefined);
  setImmediate(() => endSession(session, CODE.calm));
  assert.equal((await endedWith(client))[0], CODE.calm);
});

test("a session that is ended while nothing else is written has one GOAWAY", async (t) => {
  const { client, session } = await served(await start(t, false));
  setImmediate(() => endSession(session, CODE.calm));
  await client.ended;
  assert.deepEqual(goaways(client), [{ last: 1, code: CODE.calm }]);
});

test("a session that is ended after its end was announced has both codes", async (t) => {
  const { client, session } = await served(await start(t, false));
  session.goaway(CODE.none, 2 ** 31 - 1);
  setImmediate(() => endSession(session, CODE.calm));
  assert.deepEqual(await endedWith(client), [CODE.none, CODE.calm]);
});

const ERRORS = {
  "DATA on stream 0": { sent: frame(FRAME.data, 0, 0, Buffer.from("x")), code: CODE.protocol },
  "a malformed field block": {
    // The table of HPACK has no field 0; RFC 7541, section 6.1.
    sent: frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 3, Buffer.of(0x80)),
    code: CODE.compression,
  },
  "a GOAWAY of the client": {
    sent: frame(FRAME.goaway, 0, 0, Buffer.concat([uint32(0), uint32(CODE.protocol)])),
    code: CODE.none,
  },
};
for (const [what, { sent, code }] of Object.entries(ERRORS)) {
  test(`${what} has the GOAWAY of Node, and no other`, async (t) => {
    const { client } = await served(await start(t, false));
    client.send(sent);
    assert.deepEqual(await endedWith(client), [code]);
  });
}

test("a session that closes by itself has no GOAWAY of an error", async (t) => {
  const { open, sessions } = await start(t, false);
  const client = await open();
  client.send(get(1));
  await client.frame(({ type, stream }) => type === FRAME.headers && stream === 1);
  sessions[0]?.close();
  assert.deepEqual(await endedWith(client), [CODE.none]);
});
