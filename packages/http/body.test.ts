import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { IncomingBody } from "./body.ts";

const limits = {
  ...{ limitRequestLine: 4094, limitRequestField: 8190 },
  ...{ limitRequestFields: 100, limitRequestBody: 0 },
  ...{ headersTimeout: 10_000, bodyMinRate: 1, bodyRateWindow: 1000 },
};

/** A body of a connection on which nothing comes: only `push` brings bytes to its buffer. */
function stalled(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const request = new IncomingMessage(new Socket());
  const refused: number[] = [];
  new IncomingBody(request, limits, ({ status }) => refused.push(status));
  const full = Buffer.alloc(request.readableHighWaterMark);
  return { request, refused, full, pass: (ms: number) => t.mock.timers.tick(ms) };
}

test("a client that sends too little within a window is 408", (t) => {
  const { refused, pass } = stalled(t);
  pass(999);
  assert.deepEqual(refused, []);
  pass(1);
  assert.deepEqual(refused, [408]);
});

test("a window in which the application left the client waiting does not count", (t) => {
  const { request, refused, full, pass } = stalled(t);
  request.push(full);
  pass(1000);
  pass(999);
  // The client has a millisecond to send what is due in a second.
  request.read();
  pass(1);
  assert.deepEqual(refused, []);
  pass(999);
  assert.deepEqual(refused, []);
  pass(1);
  assert.deepEqual(refused, [408]);
});

test("a buffer that is full and read within one window counts as waiting too", (t) => {
  const { request, refused, full, pass } = stalled(t);
  pass(100);
  request.push(full);
  pass(100);
  request.read();
  pass(800);
  assert.deepEqual(refused, []);
  pass(1000);
  assert.deepEqual(refused, [408]);
});
