import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import { statusOf } from "../testing/budgets.ts";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import {
  CODE,
  FLAG,
  FRAME,
  type Frame,
  FrameClient,
  fieldBlock,
  frame,
  REQUEST,
  uint32,
} from "../testing/http2-frames.ts";
import { makeCertificate } from "../testing/https.ts";

async function start(t: TestContext, changes: Partial<WebSettings> = {}) {
  const { settings } = await makeCertificate(t);
  const seen: string[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      seen.push(request.url ?? "");
      request.resume();
      if (request.url !== "/never") request.on("end", () => response.end("ok"));
    },
    undefined,
  );
  const edge = await runEdge(t, upstream, {
    https: "serve",
    ...settings,
    gracefulTimeout: 100,
    connectTimeout: 1000,
    ...changes,
  });
  const { https = 0, http, admin } = edge.ports;
  const metric = async (name: string) => {
    const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1]);
  };
  const others = async () => (await fetch(`http://127.0.0.1:${http}/`)).status;
  return {
    seen,
    http,
    metric,
    others,
    open: (bytes?: Uint8Array) => FrameClient.open(t, https, bytes),
  };
}

const isCalm = ({ type, payload }: Frame) =>
  type === FRAME.goaway && payload.readUInt32BE(4) === CODE.calm;
const NEVER = REQUEST.map(([name, value]) => [name, name === ":path" ? "/never" : value] as const);

/** Requests, each followed by a frame of its stream that ends it. */
function flood(from: number, count: number, type: number, word: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => [
    frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, from + 2 * at, fieldBlock(NEVER)),
    frame(type, 0, from + 2 * at, uint32(word)),
  ]).flat();
}

/** So many fit into one TLS record, with a request behind them. */
const BURST = 150;

/**
 * Floods a session until it is ended: the edge forgives with time, of which a busy machine takes
 * much. Each burst is one record, and waits for the one before: a close while bytes are unread
 * resets the connection, which may cost the client the GOAWAY.
 */
async function floodUntilEnded(client: FrameClient, type: number, word: number): Promise<void> {
  for (let stream = 1, calm = true; calm && stream < 20_000; stream += 2 * (BURST + 1)) {
    const last = stream + 2 * BURST;
    const request = frame(
      FRAME.headers,
      FLAG.endStream | FLAG.endHeaders,
      last,
      fieldBlock(REQUEST),
    );
    client.send(...flood(stream, BURST, type, word), request);
    calm = (await client.verdict(last)) === "status 200";
  }
  await client.ended;
}

// NO_ERROR says that nothing is wrong, and costs the edge as much.
for (const [name, code] of Object.entries({ CANCEL: CODE.cancel, NO_ERROR: CODE.none })) {
  test(`a rapid reset with ${name} ends the session after two hundred, and others are served meanwhile`, async (t) => {
    const { open, metric, others, seen } = await start(t);
    const client = await open();
    const began = performance.now();
    await floodUntilEnded(client, FRAME.reset, code);
    const seconds = (performance.now() - began) / 1000;
    assert.equal(await others(), 200);
    assert.equal(await metric("web_http2_refused_total"), 1);
    const reached = seen.filter((path) => path === "/never").length;
    assert.ok(reached <= 200 + 20 * seconds + BURST, `the application saw ${reached}`);
    const last = await eventually(
      async () => {
        const another = await open();
        await floodUntilEnded(another, FRAME.reset, code);
        return another.frames.find(({ type }) => type === FRAME.goaway);
      },
      // It may be lost when its connection closes (RFC 9113, section 6.8).
      (goaway) => goaway !== undefined,
    );
    assert.ok(last && isCalm(last), "GOAWAY with ENHANCE_YOUR_CALM");
  });
}

test("however fast it is, a rapid reset brings no more than its share to the application", async (t) => {
  const { open, others, seen } = await start(t);
  const client = await open();
  client.send(...flood(1, 20_000, FRAME.reset, CODE.cancel));
  await client.ended;
  assert.equal(await others(), 200);
  assert.ok(seen.length < 500, `the application saw ${seen.length}`);
});

test("beside another client, requests that are reset at once go no further than to be counted", async (t) => {
  const { open, http, metric } = await start(t);
  const misses = () => metric('web_cache_requests_total\\{result="miss"\\}');
  await eventually(
    async () => {
      const client = await open();
      const before = await misses();
      // Its moment is over soon: on a busy machine once more.
      await statusOf(http, "/", "127.0.0.9");
      client.send(...flood(1, BURST, FRAME.reset, CODE.cancel));
      client.get(2 * BURST + 1);
      await client.verdict(2 * BURST + 1);
      return (await misses()) - before;
    },
    (followed) => followed < 25,
  );
});

test("a client that provokes resets from the server loses its session", async (t) => {
  const { open, others, seen } = await start(t);
  const client = await open();
  // MadeYouReset, CVE-2025-8671: an increment of zero makes the server reset the stream. Node ends
  // the session at the first, and the edge would at the two hundredth.
  await floodUntilEnded(client, FRAME.windowUpdate, 0);
  assert.equal(await others(), 200);
  assert.ok(seen.length <= BURST, `the application saw ${seen.length}`);
});

test("a few cancelled requests cost nothing", async (t) => {
  const { open } = await start(t);
  const client = await open();
  for (let stream = 1; stream < 100; stream += 2) {
    client.get(stream, NEVER);
    client.send(frame(FRAME.reset, 0, stream, uint32(CODE.cancel)));
  }
  client.get(101);
  assert.equal(await client.verdict(101), "status 200");
});

for (const [name, flood] of [
  ["PING", () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
  ["SETTINGS", () => frame(FRAME.settings, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]))],
] as const) {
  test(`a flood of ${name} ends the session`, async (t) => {
    const { open, others } = await start(t);
    const client = await open();
    for (let count = 0; count < 3000; count++) client.send(flood());
    assert.ok((await client.frame(({ type }) => type === FRAME.goaway)) || client.closed);
    await client.ended;
    assert.equal(await others(), 200);
  });
}

for (const [name, type, payload] of [
  ["PING", FRAME.ping, Buffer.alloc(8)],
  ["SETTINGS", FRAME.settings, Buffer.from([0, 3, 0, 0, 0, 100])],
] as const) {
  test(`a flood of ${name} by a client that waits for what comes back, which nghttp2 allows, is too much`, async (t) => {
    const { open } = await start(t);
    const client = await open();
    const acknowledged = () =>
      client.frames.filter((each) => each.type === type && each.flags === FLAG.ack).length;
    const burst = Array.from({ length: 50 }, () => frame(type, 0, 0, payload));
    for (let due = 50; due < 20_000 && !client.frames.some(isCalm); due += 50) {
      client.send(...burst);
      await client.frame((each) => isCalm(each) || acknowledged() >= due);
      if (client.closed) break;
    }
    assert.ok(client.frames.some(isCalm));
    await client.ended;
  });
}

test("a flood of CONTINUATION ends the session, as nghttp2 has it", async (t) => {
  const { open, others, seen } = await start(t);
  const client = await open();
  client.send(frame(FRAME.headers, FLAG.endStream, 1, fieldBlock(REQUEST)));
  for (let count = 0; count < 100; count++) {
    client.send(frame(FRAME.continuation, 0, 1, fieldBlock([[`x-${count}`, "y"]])));
  }
  await client.ended;
  assert.equal(await others(), 200);
  assert.deepEqual(seen, ["/"], "only the other one");
});

test("a list of fields that is too long, or unfolds into one, is refused", async (t) => {
  const { open, seen } = await start(t);
  const many = Array.from({ length: 3000 }, (_, at) => [`x-${at}`, "y"] as const);
  const client = await open();
  const block = fieldBlock([...REQUEST, ...many]);
  const limit = 16_000;
  client.send(frame(FRAME.headers, FLAG.endStream, 1, block.subarray(0, limit)));
  client.send(frame(FRAME.continuation, 0, 1, block.subarray(limit, 2 * limit)));
  client.send(frame(FRAME.continuation, FLAG.endHeaders, 1, block.subarray(2 * limit)));
  assert.match(await client.verdict(1), /^(reset|goaway|status another)/);
  const bomb = await open();
  // One field of 4,000 bytes goes into HPACK's table, and is then named by one byte each.
  const name = Buffer.from([0x40, 3, ...Buffer.from("x-b"), 127, 0xa1, 0x1e]);
  const stored = Buffer.concat([name, Buffer.alloc(4000, "b")]);
  const named = Buffer.alloc(10_000, 0xbe);
  bomb.send(
    frame(
      FRAME.headers,
      FLAG.endStream | FLAG.endHeaders,
      1,
      Buffer.concat([fieldBlock(REQUEST), stored, named]),
    ),
  );
  assert.match(await bomb.verdict(1), /^(reset|goaway|status another|closed)/);
  assert.deepEqual(seen, []);
});

test("windows that overflow, shrink or never open end streams or the session", async (t) => {
  const { open } = await start(t);
  // Node's GOAWAY may be lost when its connection closes (RFC 9113, section 6.8), and ours has no code: then once more.
  const lost = ["closed", `goaway ${CODE.internal}`];
  const ending = (settings: Buffer, ...frames: Buffer[]) =>
    eventually(
      async () => {
        const client = await open(settings);
        client.send(...frames);
        return await client.verdict(0);
      },
      (verdict) => !lost.includes(verdict),
    );
  const [none, huge] = [Buffer.alloc(0), Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff])];
  const widened = (by: number) => frame(FRAME.windowUpdate, 0, 0, uint32(by));
  assert.equal(await ending(none, widened(0x7fffffff)), `goaway ${CODE.flowControl}`);
  assert.equal(await ending(none, widened(0)), `goaway ${CODE.protocol}`);
  assert.equal(await ending(huge), `goaway ${CODE.flowControl}`);
});

test("a client that never opens its window is cut as one that hardly reads", async (t) => {
  const { open } = await start(t, { sendMinRate: 1000, sendRateWindow: 300 });
  const client = await open(Buffer.from([0, 4, 0, 0, 0, 0]));
  client.get(1);
  assert.match(await client.verdict(1), /^status 200/);
  const ended = await Promise.race([
    client.ended.then(() => true),
    client.frame(({ type }) => type === FRAME.reset || type === FRAME.goaway).then(() => true),
  ]);
  assert.ok(ended);
});

test("an idle session ends as an idle connection does, but not before a stream that is open", async (t) => {
  const { open, seen } = await start(t, { keepAlive: 200 });
  const busy = await open();
  busy.get(1, NEVER);
  const idle = await open();
  assert.equal(await idle.verdict(0), "goaway 0");
  await idle.ended;
  assert.deepEqual([busy.closed, seen], [false, ["/never"]]);
  // Nor does a GOAWAY ask it to begin no further stream.
  busy.get(3);
  assert.equal(await busy.verdict(3), "status 200");
});

test("streams above the number that was announced are refused", async (t) => {
  const { open, seen } = await start(t);
  const client = await open();
  await client.frame(({ type, flags }) => type === FRAME.settings && flags === FLAG.ack);
  for (let stream = 1; stream <= 2 * 140; stream += 2) client.get(stream, NEVER);
  const refused = () =>
    client.frames.filter(
      ({ type, payload }) => type === FRAME.reset && payload.readUInt32BE(0) === CODE.refusedStream,
    ).length;
  await eventually(
    async () => refused(),
    (count) => count === 12,
  );
  assert.ok(seen.length <= 128);
});
