import assert from "node:assert/strict";
import { test } from "node:test";
import { PARSER_RULES, parserRefusal, REQUEST_RULES, refuse } from "./index.ts";
import type { ParsedRequest } from "./request-head.ts";

const limits = { line: 100, field: 50, fields: 4, body: 1000 };
const HOST = ["Host", "a.example"];
const TWO = ["Content-Length", "5"];
const CODED = ["Transfer-Encoding", "chunked"];

/** For each rule a head that breaks it, in which no rule before it is broken. */
const EXAMPLES: Readonly<Record<string, Partial<ParsedRequest>>> = {
  "an HTTP version other than 1.0 and 1.1": { httpVersion: "2.0" },
  "a method of RTSP, which Node's parser speaks as well": { method: "DESCRIBE" },
  "CONNECT: nothing here is a tunnel": { method: "CONNECT", url: "a.example:80" },
  "a request line above the limit": { url: `/${"a".repeat(100)}` },
  "more header fields than the limit": { rawHeaders: Array(10).fill("x") },
  "a header field above the limit": { rawHeaders: ["x", "a".repeat(50)] },
  "the target * with a method other than OPTIONS": { url: "*" },
  "a fragment in the target": { url: "/#x" },
  "a target that is neither a path nor an http or https URI": { url: "ftp://a.example/" },
  "a target in absolute form without a plain authority": { url: "http://u@a.example/" },
  "no Host": { rawHeaders: [] },
  "two Host fields": { rawHeaders: [...HOST, ...HOST] },
  "an empty Host": { rawHeaders: ["Host", ""] },
  "a Host that is a list, or holds user-info, a path or a forbidden character": {
    rawHeaders: ["Host", "a,b"],
  },
  "a target in absolute form whose authority is not the one of Host": { url: "http://b.example/" },
  "a Host that differs from :authority": {
    httpVersion: "2.0",
    rawHeaders: [":authority", "b.example", ...HOST],
  },
  "Transfer-Encoding beside Content-Length": { rawHeaders: [...HOST, ...TWO, ...CODED] },
  "more than one Content-Length": { rawHeaders: [...HOST, ...TWO, ...TWO] },
  "Transfer-Encoding in HTTP/1.0": { httpVersion: "1.0", rawHeaders: [...HOST, ...CODED] },
  "more than one Transfer-Encoding": { rawHeaders: [...HOST, ...CODED, ...CODED] },
  "a transfer coding other than chunked": { rawHeaders: [...HOST, "Transfer-Encoding", "gzip"] },
  "a body above the limit, by its Content-Length": {
    rawHeaders: [...HOST, "Content-Length", "1001"],
  },
  "an expectation other than 100-continue": { rawHeaders: [...HOST, "Expect", "200-ok"] },
  "a field name with an underscore that reads like a trusted one": {
    rawHeaders: [...HOST, "X_Real_IP", "6.6.6.6"],
  },
};

test("every rule has an example, and the example is refused by that rule", () => {
  const plain = { method: "GET", url: "/", httpVersion: "1.1", rawHeaders: HOST };
  assert.equal(refuse(plain, limits), undefined);
  for (const { name, rfc, status } of REQUEST_RULES) {
    const refusal = refuse({ ...plain, ...EXAMPLES[name] }, limits);
    assert.deepEqual(refusal, { status, reason: `${name} (${rfc})` });
  }
});

test("every code of the parser has its status; a broken connection is no refusal", () => {
  const statusOf = (code: string, reason = "") =>
    parserRefusal(Object.assign(new Error(), { code, reason }))?.status;
  for (const { codes, status, reason } of PARSER_RULES) {
    for (const code of codes) {
      assert.equal(statusOf(code, reason === undefined ? "" : "Expected CRLF"), status, code);
    }
  }
  assert.equal(statusOf("HPE_INVALID_VERSION", "Invalid HTTP version"), 505);
  assert.equal(statusOf("HPE_SOMETHING_NEW"), 400);
  assert.equal(statusOf("ECONNRESET"), undefined);
});
