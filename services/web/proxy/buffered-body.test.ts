import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { webSettings } from "../settings.ts";
import { BodyBuffer } from "./buffered-body.ts";

test("a disk that takes nothing is one line in a while, however many bodies fail by it", async () => {
  const rows = Object.entries(webSettings.rows).map(([name, row]) => [name, row.default]);
  const folder = `${import.meta.dirname}/nowhere`;
  const settings = { ...Object.fromEntries(rows), bufferMemory: 0, bufferFolder: folder };
  const lines: string[] = [];
  const error = (message: string) => void lines.push(message);
  const buffer = new BodyBuffer(settings, { info() {}, warn() {}, error });
  for (let count = 0; count < 100; count++) {
    await assert.rejects(buffer.take(Readable.from([Buffer.from("body")]), 1000, {}), {
      status: 503,
    });
  }
  assert.deepEqual(lines, ["a body cannot be buffered"]);
});
