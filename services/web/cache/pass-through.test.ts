import assert from "node:assert/strict";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import { startEdge, startUpstream } from "../testing/edge.ts";
import { Head } from "./head.ts";
import { mayHaveLifetime, PassThrough } from "./hit-for-miss.ts";
import { isNotModified } from "./validation.ts";

/** A sink that writes down what it gets. */
function recorder() {
  const got: unknown[] = [];
  const sink: ResponseSink = {
    attach: (source) => void got.push(["attach", source]),
    interim: (status) => void got.push(["interim", status]),
    head: (status, fields) => void got.push(["head", status, fields]),
    data: (chunk) => got.push(["data", String(chunk)]) > 0,
    end: (trailers) => void got.push(["end", trailers]),
    fail: (cause) => void got.push(["fail", cause.message]),
  };
  return { sink, got };
}

const source: ResponseSource = { resume() {}, abort() {}, setAside() {} };

test("a response that is passed on keeps all its parts, and gets its Cache-Status", () => {
  const { sink, got } = recorder();
  const passing = new PassThrough(sink, "gatehouse; fwd=bypass", undefined);
  passing.attach(source);
  passing.interim(103, []);
  passing.head(200, ["A", "b"], "");
  passing.data(Buffer.from("c"));
  passing.end(["T", "u"]);
  passing.fail(new Error("broken"));
  assert.deepEqual(got, [
    ["attach", source],
    ["interim", 103],
    ["head", 200, ["A", "b", "Cache-Status", "gatehouse; fwd=bypass"]],
    ["data", "c"],
    ["end", ["T", "u"]],
    ["fail", "broken"],
  ]);
});

test("a sink that takes over at the head gets the source, and all that follows", () => {
  const [first, other] = [recorder(), recorder()];
  const passing = new PassThrough(first.sink, "status", () => other.sink);
  passing.attach(source);
  passing.head(200, ["A", "b"], "");
  passing.data(Buffer.from("c"));
  passing.end([]);
  assert.deepEqual(first.got, [["attach", source]]);
  assert.deepEqual(other.got, [
    ["attach", source],
    ["head", 200, ["A", "b"]],
    ["data", "c"],
    ["end", []],
  ]);
});

test("only a response with Cache-Control or Expires may have a lifetime", () => {
  for (const name of ["Cache-Control", "cache-control", "Expires", "EXPIRES"]) {
    assert.equal(mayHaveLifetime(["Date", "x", name, "y"]), true, name);
  }
  // The values are no names, and these names are as long.
  for (const name of ["Last-Modified", "Accept-Ranges", "Trailer", "ETag"]) {
    assert.equal(mayHaveLifetime([name, "expires", "A", "cache-control"]), false, name);
  }
  assert.equal(mayHaveLifetime([]), false);
});

test("without Last-Modified, If-Modified-Since is about Date; RFC 9111, section 4.3.2", () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const since = { "if-modified-since": date };
  assert.equal(isNotModified(new Head(200, ["Date", date]), since), true);
  const later = ["Date", date, "Last-Modified", "Sun, 06 Nov 1994 08:49:38 GMT"];
  assert.equal(isNotModified(new Head(200, later), since), false);
  assert.equal(isNotModified(new Head(200, []), since), false);
  assert.equal(isNotModified(new Head(404, ["Date", date]), since), false);
});

test("a GET with a body is the application's, although the response is stored", async (t) => {
  let requests = 0;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    async (incoming, response) => {
      const body = await text(incoming);
      response.setHeader("Cache-Control", "max-age=60").end(`${++requests}${body}`);
    },
    undefined,
  );
  const url = await startEdge(t, upstream, {});
  assert.equal(await (await fetch(url)).text(), "1");
  assert.equal(await (await fetch(url)).text(), "1");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { method: "GET", headers: { "Content-Length": 4 } }, (response) => {
    text(response).then(resolve, reject);
  })
    .on("error", reject)
    .end("body");
  assert.equal(await promise, "2body");
});
