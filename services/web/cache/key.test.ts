import assert from "node:assert/strict";
import { test } from "node:test";
import { requestHead } from "../proxy/upstream-request.ts";
import { overridesOf, variantOf, varyNames } from "./key.ts";

const client = { address: "192.0.2.1", scheme: "https", host: "a.example", port: 443 } as const;
const variant = (names: string[], rawHeaders: string[]) => variantOf(names, { rawHeaders, client });

test("the names of Vary are a sorted set in lower case", () => {
  assert.deepEqual(varyNames("X-B, accept\t,x-b,, A"), ["a", "accept", "x-b"]);
  assert.deepEqual(varyNames(undefined), []);
});

for (const vary of [
  ...["*", "a, *", "X-Request-ID", "traceparent", "Range", "If-None-Match"],
  ...["cookie\xa0", "a b", "a;q=1"],
]) {
  test(`a response with Vary: ${JSON.stringify(vary)} matches no other request`, () => {
    assert.equal(varyNames(vary), undefined);
  });
}

/** Requests that some program takes for the same, and that are not the same for an application. */
const different: [string, string, string[], string[]][] = [
  ["a split list", "x-kind", ["X-Kind", "a", "X-Kind", "b"], ["X-Kind", "a, b"]],
  ["the order of lines", "x-kind", ["X-Kind", "a", "X-Kind", "b"], ["X-Kind", "b", "X-Kind", "a"]],
  ["an empty field", "x-kind", ["X-Kind", ""], []],
  ["two empty fields", "x-kind", ["X-Kind", "", "X-Kind", ""], ["X-Kind", ""]],
  ["a no-break space", "accept-language", ["Accept-Language", "de\xa0"], ["Accept-Language", "de"]],
  [
    "a space in a list",
    "accept-language",
    ["Accept-Language", "de, en"],
    ["Accept-Language", "de,en"],
  ],
  ["letter case", "accept-language", ["Accept-Language", "DE"], ["Accept-Language", "de"]],
  [
    "weights",
    "accept-encoding",
    ["Accept-Encoding", "br;q=0.1, gzip"],
    ["Accept-Encoding", "br, gzip"],
  ],
  [
    "the order of codings",
    "accept-encoding",
    ["Accept-Encoding", "br, gzip"],
    ["Accept-Encoding", "gzip, br"],
  ],
  [
    "a coding twice",
    "accept-encoding",
    ["Accept-Encoding", "gzip, gzip"],
    ["Accept-Encoding", "gzip"],
  ],
  ["a length of 0", "content-length", ["Content-Length", "0"], []],
];
for (const [what, name, one, other] of different) {
  test(`requests that differ by ${what} have different variants`, () => {
    assert.notEqual(variant([name], one), variant([name], other));
    assert.equal(variant([name], one), variant([name], one));
  });
}

test("what the application does not see makes no difference", () => {
  const same = (name: string, one: string[], other: string[]) =>
    assert.equal(variant([name], one), variant([name], other), name);
  same("cookie", ["Cookie", "a=1", "cookie", "b=2"], ["cookie", "a=1; b=2"]);
  same("x-kind", ["Connection", "X-Kind, close", "X-Kind", "a"], []);
  same("x-kind", ["X-Kind", "a", "Connection", "close", "Connection", "x-kind"], []);
  same("x-forwarded-for", ["X-Forwarded-For", "6.6.6.6"], []);
  same("x-real-ip", ["X-Real-IP", "6.6.6.6"], []);
  same("true-client-ip", ["True-Client-IP", "6.6.6.6"], []);
  same("host", ["Host", "b.example"], []);
  same("te", ["TE", "trailers"], []);
  same("X-KIND".toLowerCase(), ["X-KIND", "a"], ["x-kind", "a"]);
});

test("values of different fields do not run into each other", () => {
  const names = ["x-a", "x-b"];
  assert.notEqual(variant(names, ["X-A", "1"]), variant(names, ["X-B", "1"]));
  assert.notEqual(
    variant(names, ["X-A", "1", "X-A", "2"]),
    variant(names, ["X-A", "1", "X-B", "2"]),
  );
});

/** A request's head as the application gets it, without what is anew for each request. */
function sent(rawHeaders: readonly string[]): string[] {
  const request = {
    ...{
      method: "GET",
      target: "/",
      rawHeaders,
      client,
      body: undefined,
      affinity: undefined,
      release: undefined,
      rawTrailers: [],
    },
    ...{ requestId: "id", traceparent: "trace", span: undefined, connection: {} },
    ...{ attempt() {}, sent() {}, headReceived() {} },
  };
  const sink = { attach() {}, interim() {}, head() {}, data: () => true, end() {}, fail() {} };
  const timeouts = { send: 1, firstByte: 1, betweenBytes: 1, total: 1 };
  const state = { attempts: 0, tried: undefined, suspect: false, moved: false, failure: undefined };
  const ends = { resolve() {}, reject() {}, deadline: 0, expectsContinue: false };
  const parts = { request, sink, timeouts, ...state, ...ends, body: undefined };
  const head = requestHead({ ...parts, upgraded: undefined }, "trace");
  return head.split("\r\n").slice(1, -2);
}

test("the variant is what is sent: line by line, for every field and random requests", () => {
  const names = "accept accept-encoding connection content-length cookie expect forwarded host te";
  const all = [...names.split(" "), "upgrade", "x-forwarded-for", "x-forwarded-proto", "x-kind"];
  const values = [
    "",
    "a",
    "A",
    "a, b",
    "a,b",
    "x-kind",
    "cookie, accept",
    "0",
    "1",
    "a\xa0",
    "a\t",
  ];
  const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)] as T;
  for (let round = 0; round < 2000; round++) {
    const fields = Array.from({ length: Math.floor(Math.random() * 6) }, () => [
      pick(all),
      pick(values),
    ]);
    const rawHeaders = fields.flat();
    for (const name of all) {
      const lines = sent(rawHeaders).filter((line) => line.toLowerCase().startsWith(`${name}: `));
      const own = lines.map((line) => `${line.slice(name.length + 2)}\n`);
      assert.equal(
        variant([name], rawHeaders),
        `${own.length}\n${own.join("")}`,
        `${name} of ${rawHeaders}`,
      );
    }
  }
});

test("fields by which some programs take another method or address are known", () => {
  for (const name of [
    "X-HTTP-Method-Override",
    "x-http-method",
    "X-Method-Override",
    "X_HTTP_Method_Override",
  ]) {
    assert.equal(overridesOf(["A", "b", name, "DELETE"]), undefined, name);
  }
  for (const name of [
    ...[
      "X-Original-URL",
      "X_Original_URL",
      "x-rewrite-url",
      "X-Host",
      "X-Forwarded-Path",
      "X-Forwarded-Uri",
    ],
    ...["Front-End-Https", "X-Scheme", "X-Original-Forwarded-For"],
    // Of frameworks, which choose another page or another form of it by these.
    ...[
      "X-React-Router-SPA-Mode",
      "X-Now-Route-Matches",
      "X-Matched-Path",
      "X-Middleware-Prefetch",
    ],
    ...["X-Nextjs-Data", "X-Invoke-Path", "X-Remix-Response"],
  ]) {
    assert.equal(overridesOf(["A", "b", name, "X"]), `${name.toLowerCase()}: X\n`, name);
  }
  // The edge writes these itself, or they are ordinary.
  for (const name of [
    "X-Forwarded-For",
    "X-Forwarded-Prefix",
    "X-Requested-With",
    "From",
    "Host",
  ]) {
    assert.equal(overridesOf([name, "x"]), "", name);
  }
});
