import assert from "node:assert/strict";
import { test } from "node:test";
import { PARSER_RULES, parserRefusal, REQUEST_RULES, refuse } from "./index.ts";
import type { ParsedRequest } from "./request-head.ts";

const limits = {
  ...{ limitRequestLine: 100, limitRequestField: 50 },
  ...{ limitRequestFields: 8, limitRequestBody: 1000 },
};
const HOST = ["Host", "a.example"];
const LENGTH = ["Content-Length", "5"];
const CODED = ["Transfer-Encoding", "chunked"];

/**
 * For each rule a head that breaks it, and no rule before it. Status and section are taken from the
 * RFCs: 9110 (semantics), 9112 (HTTP/1.1), 9113 (HTTP/2), 6585 (431), 3875 (CGI).
 */
const BROKEN: readonly [
  status: number,
  section: string,
  name: string,
  head: Partial<ParsedRequest>,
][] = [
  [505, "RFC 9110, 15.6.6", "an HTTP version other than 1.0 and 1.1", { httpVersion: "2.0" }],
  [
    505,
    "RFC 9110, 15.6.6",
    "a method of RTSP, which Node's parser speaks as well",
    { method: "DESCRIBE" },
  ],
  [
    400,
    "RFC 9110, 9.1",
    "an unknown method in HTTP/2",
    { method: "get", httpVersion: "2.0", rawHeaders: [":authority", "a.example"] },
  ],
  [
    405,
    "RFC 9110, 9.3.6",
    "CONNECT: nothing here is a tunnel",
    { method: "CONNECT", url: "a.example:80" },
  ],
  [414, "RFC 9110, 15.5.15", "a request line above the limit", { url: `/${"a".repeat(100)}` }],
  [431, "RFC 6585, 5", "more header fields than the limit", { rawHeaders: Array(18).fill("x") }],
  [431, "RFC 6585, 5", "a header field above the limit", { rawHeaders: ["x", "a".repeat(50)] }],
  [
    431,
    "RFC 6585, 5",
    "Connection fields above 256 bytes",
    {
      rawHeaders: [
        ...HOST,
        ...Array(7)
          .fill(["Connection", "a,".repeat(20)])
          .flat(),
      ],
    },
  ],
  [400, "RFC 9112, 3.2.4", "the target * with a method other than OPTIONS", { url: "*" }],
  [400, "RFC 9112, 3.2", "a fragment in the target", { url: "/#x" }],
  [
    400,
    "RFC 9113, 8.3.1",
    "a target with a forbidden character in HTTP/2",
    { url: "/\xe9", httpVersion: "2.0", rawHeaders: [":authority", "a.example"] },
  ],
  [
    400,
    "RFC 9112, 3.2",
    "a target that is neither a path nor an http or https URI",
    { url: "ftp://a.example/" },
  ],
  [
    400,
    "RFC 9110, 4.2.1 and 4.2.4",
    "a target in absolute form without a plain authority",
    { url: "http://u@a.example/" },
  ],
  [400, "RFC 9112, 3.2", "no Host", { rawHeaders: [] }],
  [400, "RFC 9112, 3.2", "two Host fields", { rawHeaders: [...HOST, ...HOST] }],
  [400, "RFC 9110, 4.2.1", "an empty Host", { rawHeaders: ["Host", ""] }],
  [
    400,
    "RFC 9110, 7.2",
    "a Host that is a list, or holds user-info, a path or a forbidden character",
    { rawHeaders: ["Host", "a,b"] },
  ],
  [
    400,
    "RFC 9112, 3.2.2",
    "a target in absolute form whose authority is not the one of Host",
    { url: "http://b.example/" },
  ],
  [
    400,
    "RFC 9113, 8.3.1",
    "a Host that differs from :authority",
    { httpVersion: "2.0", rawHeaders: [":authority", "b.example", ...HOST] },
  ],
  [
    400,
    "RFC 9112, 6.3",
    "Transfer-Encoding beside Content-Length",
    { rawHeaders: [...HOST, ...LENGTH, ...CODED] },
  ],
  [
    400,
    "RFC 9110, 8.6",
    "more than one Content-Length",
    { rawHeaders: [...HOST, ...LENGTH, ...LENGTH] },
  ],
  [
    400,
    "RFC 9112, 6.1",
    "Transfer-Encoding in HTTP/1.0",
    { httpVersion: "1.0", rawHeaders: [...HOST, ...CODED] },
  ],
  [
    400,
    "RFC 9112, 6.1",
    "more than one Transfer-Encoding",
    { rawHeaders: [...HOST, ...CODED, ...CODED] },
  ],
  [
    501,
    "RFC 9112, 6.1",
    "a transfer coding other than chunked",
    { rawHeaders: [...HOST, "Transfer-Encoding", "gzip"] },
  ],
  [
    413,
    "RFC 9110, 15.5.14",
    "a body above the limit, by its Content-Length",
    { rawHeaders: [...HOST, "Content-Length", "1001"] },
  ],
  [
    400,
    "RFC 9110, 8.3",
    "more than one Content-Type: readers differ in which one counts",
    { rawHeaders: ["Host", "a", "Content-Type", "a/b", "content-type", "a/b"] },
  ],
  [
    417,
    "RFC 9110, 10.1.1",
    "an expectation other than 100-continue",
    { rawHeaders: [...HOST, "Expect", "200-ok"] },
  ],
  [
    400,
    "RFC 3875, 4.1.18",
    "a field name with an underscore that reads like a trusted one",
    { rawHeaders: [...HOST, "X_Real_IP", "6.6.6.6"] },
  ],
];

const plain = { method: "GET", url: "/", httpVersion: "1.1", rawHeaders: HOST };

for (const [status, section, name, head] of BROKEN) {
  test(`${name}: ${status}`, () => {
    assert.deepEqual(refuse({ ...plain, ...head }, limits), {
      status,
      reason: `${name} (${section})`,
    });
  });
}

test("a plain request is not refused, and every rule has an example above", () => {
  assert.equal(refuse(plain, limits), undefined);
  assert.deepEqual(
    BROKEN.map(([, , name]) => name),
    REQUEST_RULES.map(({ name }) => name),
  );
});

/** The status of each error of Node's parser (llhttp's codes), as the RFCs have it. */
const PARSER_ERRORS: readonly [code: string, status: number, reason?: string][] = [
  // RFC 9110, 15.6.6; but a request line with a malformed end is 400 (RFC 9112, 3).
  ["HPE_INVALID_VERSION", 505, "Invalid HTTP version"],
  ["HPE_INVALID_VERSION", 400, "Expected CRLF after version"],
  ["HPE_PAUSED_H2_UPGRADE", 505],
  // RFC 9112, sections 2.2 to 8: malformed messages.
  ["HPE_INVALID_METHOD", 400],
  ["HPE_INVALID_CONSTANT", 400],
  ["HPE_INVALID_URL", 400],
  ["HPE_INVALID_HEADER_TOKEN", 400],
  ["HPE_UNEXPECTED_SPACE", 400],
  ["HPE_CR_EXPECTED", 400],
  ["HPE_LF_EXPECTED", 400],
  ["HPE_STRICT", 400],
  ["HPE_INVALID_CONTENT_LENGTH", 400],
  ["HPE_UNEXPECTED_CONTENT_LENGTH", 400],
  ["HPE_INVALID_TRANSFER_ENCODING", 400],
  ["HPE_INVALID_CHUNK_SIZE", 400],
  ["HPE_INVALID_EOF_STATE", 400],
  ["HPE_SOMETHING_NEW", 400],
  // RFC 9110, 15.5.14; RFC 6585, 5; RFC 9110, 15.5.9.
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["HPE_HEADER_OVERFLOW", 431],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
];

for (const [code, status, reason = ""] of PARSER_ERRORS) {
  test(`the parser's error ${code} ${reason} is ${status}`, () => {
    assert.equal(parserRefusal(Object.assign(new Error(), { code, reason }))?.status, status);
  });
}

test("a broken connection is no refusal, and every code of the table has a status above", () => {
  const error = Object.assign(new Error(), { code: "ECONNRESET" });
  assert.equal(parserRefusal(error), undefined);
  const codes = PARSER_ERRORS.map(([code]) => code).filter((code) => code !== "HPE_SOMETHING_NEW");
  assert.deepEqual(
    new Set(codes),
    new Set(Object.values(PARSER_RULES).flatMap(({ codes }) => codes)),
  );
});
