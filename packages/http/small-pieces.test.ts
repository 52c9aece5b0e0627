import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { test } from "node:test";
import { joinSmallPieces } from "./small-pieces.ts";

function body(): Readable {
  const body = new Readable({ read: () => undefined });
  joinSmallPieces(body);
  return body;
}

test("of ten thousand single bytes that are not read, a few pieces wait, and nothing is lost", async () => {
  const sent = Buffer.from(Array.from({ length: 10_000 }, (_, nth) => nth % 256));
  const received = body();
  for (const byte of sent) received.push(Buffer.of(byte));
  received.push(null);
  const pieces = await received.toArray();
  assert.deepEqual(Buffer.concat(pieces), sent);
  assert.ok(pieces.length <= 10, `${pieces.length} pieces wait`);
});

test("single bytes fill the stream's buffer as one piece does: its writer must stop", () => {
  const received = body();
  let bytes = 1;
  while (received.push(Buffer.of(0))) bytes++;
  assert.ok(bytes < received.readableHighWaterMark + 1024);
});

for (const [reader, read] of [
  ["listens to 'data'", async (from: Readable) => (await once(from, "data"))[0]],
  ["listens to 'readable'", (from: Readable) => once(from, "readable").then(() => from.read())],
  ["iterates", async (from: Readable) => (await from.iterator().next()).value],
] as const) {
  test(`a reader that ${reader} gets a single byte that waits, and one that follows`, async () => {
    for (const early of [true, false]) {
      const received = body();
      // It has asked for more already, as after any piece.
      received.read(0);
      if (early) received.push(Buffer.from("a"));
      const got = read(received);
      if (!early) received.push(Buffer.from("a"));
      assert.equal(String(await got), "a");
    }
  });
}

test("large pieces keep their position among small ones", async () => {
  const received = body();
  const large = "b".repeat(5000);
  for (const piece of ["a", large, "c", "d", large]) received.push(Buffer.from(piece));
  received.push(null);
  assert.equal(Buffer.concat(await received.toArray()).toString(), `a${large}cd${large}`);
});
