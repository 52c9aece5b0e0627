import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import { chain, SHARED } from "../testing/cache.ts";
import { eventually } from "../testing/edge.ts";

test("a response that outgrows the limit goes to its leader alone, at the leader's pace", async (t) => {
  const piece = Buffer.alloc(64 * 1024, "x");
  // More than two connections hold.
  const size = 2 * SOCKET_BUFFERS + 256 * piece.length;
  let written = 0;
  const pieces = function* () {
    for (; written < size; written += piece.length) yield piece;
  };
  const listener = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, SHARED);
    Readable.from(pieces()).pipe(response);
  };
  const edge = await chain(t, listener, { cacheLargest: 100_000 });
  const [response]: IncomingMessage[] = await once(request(edge.url).end(), "response");
  assert.ok(response);
  // The client does not read: the application can write only what the sockets buffer.
  const held = await steady(() => written);
  assert.ok(held < size, `${held} bytes went out`);
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  assert.equal(bytes, size);
  assert.deepEqual(edge.edge.cache.stored, { bytes: 0, entries: 0, evicted: 0, lent: 0 });
});

for (const length of ["a declared", "an unknown"])
  test(`slow clients of many addresses cannot make the edge hold more than its limit, ${length} length`, async (t) => {
    const content = Buffer.alloc(1024 ** 2, "x");
    const listener = async (_: IncomingMessage, response: ServerResponse) => {
      const declared = length === "a declared" ? { "content-length": content.length } : {};
      response.writeHead(200, { ...SHARED, ...declared });
      // All responses grow side by side.
      for (let at = 0; at < content.length; at += 64 * 1024) {
        response.write(content.subarray(at, at + 64 * 1024));
        await new Promise(setImmediate);
        const { bytes, lent } = edge.cache.stored;
        most = { bytes: Math.max(most.bytes, bytes), lent: Math.max(most.lent, lent) };
      }
      response.end();
    };
    const bound = 4 * content.length;
    let most = { bytes: 0, lent: 0 };
    const { url, edge, get } = await chain(t, listener, { cacheSize: bound });
    const slow = await Promise.all(
      Array.from({ length: 24 }, async (_, at) => {
        const sent = request(`${url}/${at}`, { agent: false }).end();
        const [response]: IncomingMessage[] = await once(sent, "response");
        t.after(() => sent.destroy());
        return response;
      }),
    );
    for (const response of slow)
      assert.equal(response && (await text(response)).length, content.length);
    assert.ok(most.bytes <= bound && most.lent <= bound + content.length, JSON.stringify(most));
    await eventually(
      async () => edge.cache.stored.lent,
      (left) => left === 0,
    );
    assert.match((await get("/23", {})).cache, /stored|hit/);
  });

/** The value of a counter that has not changed for a while. */
async function steady(counter: () => number): Promise<number> {
  let last = -1;
  return eventually(
    async () => {
      const before = last;
      last = counter();
      if (before !== last) await new Promise((later) => setTimeout(later, 200));
      return { before, last };
    },
    ({ before, last: now }) => before === now && now > 0,
  ).then(({ last: now }) => now);
}
