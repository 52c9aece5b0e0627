import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME, frame, PREFACE } from "../testing/http2-frames.ts";
import { FrameReader } from "./frame-reader.ts";

/** What a client sends first, and the type of each of its frames. */
const FRAMES = [
  frame(FRAME.settings, 0, 0, Buffer.alloc(0)),
  frame(FRAME.headers, 0, 1, Buffer.alloc(300)),
  frame(FRAME.data, 0, 1, Buffer.alloc(70_000, FRAME.headers)),
  frame(FRAME.reset, 0, 1, Buffer.alloc(4)),
  frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
  frame(FRAME.headers, 0, 3, Buffer.alloc(1)),
];
const SENT = Buffer.concat([Buffer.from(PREFACE), ...FRAMES]);
const TYPES = [4, 1, 0, 3, 6, 1];

for (const size of [1, 2, 7, 9, 10, 24, 33, 1000, 65_536, SENT.length]) {
  test(`the frames of a client are found in pieces of ${size} bytes`, () => {
    const reader = new FrameReader(PREFACE.length);
    const found: number[] = [];
    const payloads: number[] = [];
    for (let from = 0; from < SENT.length; from += size) {
      const piece = SENT.subarray(from, from + size);
      for (let at = reader.next(piece, 0); at >= 0; at = reader.next(piece, at)) {
        found.push(reader.type);
        payloads.push(from + at);
      }
    }
    assert.deepEqual(found, TYPES);
    let end = PREFACE.length;
    const expected = FRAMES.map(({ length }) => {
      end += length;
      return end - length + 9;
    });
    assert.deepEqual(payloads, expected);
  });
}
