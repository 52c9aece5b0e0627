import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionOptions, isHopByHop, originForm, refuse } from "./index.ts";

const limits = {
  ...{ limitRequestLine: 100, limitRequestField: 50 },
  ...{ limitRequestFields: 3, limitRequestBody: 1000 },
};

function statusOf(url: string, fields: readonly string[], method = "GET") {
  const rawHeaders = ["Host", "a.example", ...fields];
  return refuse({ method, url, httpVersion: "1.1", rawHeaders }, limits)?.status;
}

test("a request line of exactly the limit is accepted, a longer one is 414", () => {
  const target = `/${"a".repeat(100 - "GET /  HTTP/1.1".length + 1)}`;
  assert.equal(statusOf(target, []), undefined);
  assert.equal(statusOf(`${target}a`, []), 414);
});

test("a field above the limit and too many fields are 431", () => {
  assert.equal(statusOf("/", ["a", "b".repeat(49)]), undefined);
  assert.equal(statusOf("/", ["a", "b".repeat(50)]), 431);
  assert.equal(statusOf("/", Array(6).fill("x")), 431);
});

test("a Host from which no URL can be made is 400: an application would fail at it", () => {
  const statusOfHost = (host: string) =>
    refuse({ method: "GET", url: "/", httpVersion: "1.1", rawHeaders: ["Host", host] }, limits)
      ?.status;
  for (const host of ["1.2.3.4.5", "256.0.0.1", "a.0x", "a%00.example", "a%2fb"]) {
    assert.equal(URL.canParse(`http://${host}/`), false, host);
    assert.equal(statusOfHost(host), 400, host);
    assert.equal(statusOfHost(`${host}:80`), 400, host);
  }
  for (const host of [
    "a_b.example",
    "a.example.",
    "A.example:",
    "[::1]:8080",
    "xn--mnchen-3ya.de",
  ]) {
    assert.equal(statusOfHost(host), undefined, host);
  }
});

test("a body above the limit is 413 by its Content-Length alone", () => {
  assert.equal(statusOf("/", ["content-length", "1000"], "POST"), undefined);
  assert.equal(statusOf("/", ["content-length", "1001"], "POST"), 413);
});

test("a refusal's reason is the rule and the section in one line", () => {
  const request = { method: "GET", url: "*", httpVersion: "1.1", rawHeaders: ["Host", "a"] };
  assert.deepEqual(refuse(request, limits), {
    status: 400,
    reason: "the target * with a method other than OPTIONS (RFC 9112, 3.2.4)",
  });
});

test("HTTP/2: one authority, in :authority or Host or both alike", () => {
  const cases = [
    [[":authority", "a.example"], undefined],
    [["host", "a.example"], undefined],
    [[":authority", "a.example", "host", "A.example:443"], undefined],
    [[":authority", "a.example", "host", "b.example"], 400],
    [[":authority", "u@a.example"], 400],
    [[":authority", ""], 400],
    [[":authority", "a.example", "host", "a.example", "host", "a.example"], 400],
    [[], 400],
  ] as const;
  for (const [fields, status] of cases) {
    const rawHeaders = [":method", "GET", ":path", "/", ":scheme", "https", ...fields];
    const request = { method: "GET", url: "/", httpVersion: "2.0", rawHeaders };
    assert.equal(refuse(request, limits)?.status, status, String(fields));
  }
});

test("the origin form of a target in absolute form has no scheme and no authority", () => {
  const cases = [
    ["GET", "/a?b", "/a?b"],
    ["GET", "http://a.example/a?b", "/a?b"],
    ["GET", "HTTP://a.example", "/"],
    ["GET", "https://a.example?b", "/?b"],
    ["OPTIONS", "http://a.example", "*"],
    ["OPTIONS", "*", "*"],
  ] as const;
  for (const [method, target, expected] of cases) {
    assert.equal(originForm(method, target), expected, target);
  }
});

test("the fields that Connection lists are hop-by-hop, like the ones that always are", () => {
  const options = connectionOptions("close, X-Secret");
  assert.ok(isHopByHop("x-secret", options));
  assert.ok(isHopByHop("transfer-encoding", connectionOptions(undefined)));
  assert.ok(!isHopByHop("content-length", options));
});
