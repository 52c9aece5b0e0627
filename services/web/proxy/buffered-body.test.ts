import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { webSettings } from "../settings.ts";
import { BodyBuffer } from "./buffered-body.ts";

const rows = Object.entries(webSettings.rows).map(([name, row]) => [name, row.default]);
const defaults = Object.fromEntries(rows);
const silent = { info() {}, warn() {}, error() {} };

test("a disk that takes nothing is one line in a while, however many bodies fail by it", async () => {
  const folder = `${import.meta.dirname}/nowhere`;
  const settings = { ...defaults, bufferMemory: 0, bufferFolder: folder };
  const lines: string[] = [];
  const error = (message: string) => void lines.push(message);
  const buffer = new BodyBuffer(settings, { info() {}, warn() {}, error });
  for (let count = 0; count < 100; count++) {
    const taken = buffer.take(Readable.from([Buffer.from("body")]), 1000, { connection: {} });
    await assert.rejects(taken, { status: 503 });
  }
  assert.deepEqual(lines, ["a body cannot be buffered"]);
});

test("the bodies of one connection keep half of what it may hold in memory, and have the rest on disk", async () => {
  const settings = { ...defaults, bufferMemory: 1000, limitConnectionMemory: 3000 };
  const buffer = new BodyBuffer(settings, silent);
  const connection = {};
  const take = async (sender: object) => {
    const body = Readable.from(Array.from({ length: 9 }, () => Buffer.alloc(100)));
    const request = { connection: sender, keptBytes: 0 };
    return { whole: await buffer.take(body, 1000, request), kept: request.keptBytes };
  };
  const taken = [await take(connection), await take(connection), await take(connection)];
  assert.deepEqual(
    taken.map(({ kept, whole }) => [kept, whole.onDisk]),
    [
      [900, 0],
      [600, 300],
      [0, 900],
    ],
  );
  const other = await take({});
  assert.equal(other.kept, 900);
  for (const { whole } of [...taken, other]) await buffer.discard(whole);
  const later = await take(connection);
  assert.equal(later.kept, 900, "there is room again");
  await buffer.discard(later.whole);
});

test("a body whose later pieces would have room in memory stays whole and in order", async () => {
  const settings = { ...defaults, bufferMemory: 1000, limitConnectionMemory: 1000 };
  const buffer = new BodyBuffer(settings, silent);
  const connection = {};
  const other = await buffer.take(Readable.from([Buffer.alloc(400)]), 1000, { connection });
  async function* pieces() {
    yield Buffer.from("a".repeat(200));
    await buffer.discard(other);
    yield Buffer.from("b".repeat(200));
  }
  const whole = await buffer.take(Readable.from(pieces()), 1000, { connection });
  const written: string[] = [];
  const sent = Promise.withResolvers<void>();
  whole.start({
    write: (piece) => written.push(String(piece)) > 0,
    bodyEnded: () => sent.resolve(),
    fail: sent.reject,
  });
  await sent.promise;
  assert.equal(written.join(""), "a".repeat(200) + "b".repeat(200));
  await buffer.discard(whole);
});
