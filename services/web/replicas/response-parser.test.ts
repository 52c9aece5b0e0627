import assert from "node:assert/strict";
import { test } from "node:test";
import { FEEDS } from "@gatehouse/http/corpus";
import { UpstreamError } from "../exchange/edge-error.ts";
import {
  FOLLOWED,
  READABLE,
  type Reading,
  type ResponseCase,
  UNREADABLE,
} from "../testing/response-corpus.ts";
import { ResponseParser } from "./response-parser.ts";

/** What was read until the end, or until the parser refused. */
interface Heard extends Reading {
  readonly ended: boolean;
  readonly refused: UpstreamError | undefined;
}

/** Feeds pieces through a buffer with rubbish behind them, as it is in a buffer that is used again. */
function read({ method = "GET", closes }: ResponseCase, pieces: readonly string[]): Heard {
  const heard = { status: 0, ended: false, refused: undefined as UpstreamError | undefined };
  const body: Buffer[] = [];
  const interims: number[] = [];
  let trailers: readonly string[] = [];
  const parser = new ResponseParser();
  parser.begin(
    method,
    {
      interim: ({ status }) => interims.push(status),
      head: ({ status }) => {
        heard.status = status;
      },
      data: (chunk) => body.push(chunk),
      end: (fields) => {
        trailers = fields;
        heard.ended = true;
      },
      switched() {},
    },
    false,
  );
  try {
    for (const piece of pieces) {
      parser.feed(Buffer.from(`${piece}\r\n\r\nrubbish\r\n\r\n`, "latin1"), piece.length);
    }
    if (closes) parser.close();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    heard.refused = error;
  }
  return { ...heard, body: Buffer.concat(body).toString("latin1"), interims, trailers };
}

for (const [how, cut] of Object.entries(FEEDS)) {
  test(`answers with one reading are read so, fed ${how}`, () => {
    for (const each of READABLE) {
      const { ended, refused, ...heard } = read(each, cut(each.bytes));
      assert.deepEqual(
        [refused, ended, heard],
        [undefined, true, { interims: [], trailers: [], ...(each.reads as Reading) }],
        each.name,
      );
    }
  });

  test(`answers with two readings are refused before their end, fed ${how}`, () => {
    for (const each of UNREADABLE) {
      const { ended, refused } = read(each, cut(each.bytes));
      assert.ok(refused, each.name);
      assert.equal(ended, false, each.name);
    }
  });

  test(`what comes behind an answer is never taken for the next one, fed ${how}`, () => {
    for (const each of FOLLOWED) {
      const { refused } = read(each, cut(each.bytes));
      assert.equal(refused?.code, "BAD_RESPONSE", each.name);
    }
  });
}

test("of a whole answer with something behind it in one piece nothing is passed on", () => {
  for (const each of FOLLOWED) {
    if (each.bytes.includes("chunked")) continue;
    assert.equal(read(each, [each.bytes]).status, 0, each.name);
  }
});

test("bytes without a request are refused", () => {
  const bytes = Buffer.from("HTTP/1.1 200 OK\r\n\r\n");
  assert.throws(() => new ResponseParser().feed(bytes, bytes.length), { code: "BAD_RESPONSE" });
});

test("one parser reads one answer after the other, and none without being asked to", () => {
  const parser = new ResponseParser();
  const bytes = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
  let ends = 0;
  const handler = { interim() {}, head() {}, data() {}, end: () => void ends++, switched() {} };
  for (const _ of [1, 2, 3]) {
    parser.begin("GET", handler, false);
    parser.feed(bytes, bytes.length);
  }
  assert.equal(ends, 3);
  assert.throws(() => parser.feed(bytes, bytes.length), { code: "BAD_RESPONSE" });
});

test("fields for this hop only do not go on, nor what Connection lists, nor another's timing", () => {
  const bytes = Buffer.from(
    "HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n" +
      "Server-Timing: gateway;dur=1\r\nServer-Timing: app;dur=2\r\nX-Request-ID: theirs\r\n" +
      "Set-Cookie: a\r\nset-cookie: b\r\nContent-Length: 0\r\n\r\n",
  );
  const parser = new ResponseParser();
  let seen: unknown;
  parser.begin(
    "GET",
    {
      interim() {},
      head: ({ fields, timing, persistent, keepAlive }) => {
        seen = { fields, timing, persistent, keepAlive };
      },
      data() {},
      end() {},
      switched() {},
    },
    false,
  );
  parser.feed(bytes, bytes.length);
  assert.deepEqual(seen, {
    fields: ["Set-Cookie", "a", "set-cookie", "b", "Content-Length", "0"],
    timing: "gateway;dur=1, app;dur=2",
    persistent: false,
    keepAlive: 5000,
  });
});
