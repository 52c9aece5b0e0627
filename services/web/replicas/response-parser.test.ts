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
interface Result extends Reading {
  readonly ended: boolean;
  readonly refused: UpstreamError | undefined;
}

/** Feeds pieces through a buffer with rubbish behind them, as it is in a buffer that is used again. */
function read({ method = "GET", closes }: ResponseCase, pieces: readonly string[]): Result {
  const result = { status: 0, ended: false, refused: undefined as UpstreamError | undefined };
  const body: Buffer[] = [];
  const interims: number[] = [];
  let trailers: readonly string[] = [];
  const parser = new ResponseParser();
  parser.begin(
    method,
    {
      interim: ({ status }) => interims.push(status),
      head: ({ status }) => {
        result.status = status;
      },
      data: (chunk) => body.push(chunk),
      end: (fields) => {
        trailers = fields;
        result.ended = true;
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
    result.refused = error;
  }
  return { ...result, body: Buffer.concat(body).toString("latin1"), interims, trailers };
}

for (const [how, feed] of Object.entries(FEEDS)) {
  // Of an endless name, a thousand bytes are one piece: the parser copies what it has with each piece.
  const cut = (bytes: string) =>
    bytes.split(/(a{1000})/).flatMap((part) => (part.length === 1000 ? [part] : feed(part)));

  test(`responses with one reading are read so, fed ${how}`, () => {
    for (const each of READABLE) {
      const { ended, refused, ...rest } = read(each, cut(each.bytes));
      assert.deepEqual(
        [refused, ended, rest],
        [undefined, true, { interims: [], trailers: [], ...(each.reads as Reading) }],
        each.name,
      );
    }
  });

  test(`responses with two readings are refused before their end, fed ${how}`, () => {
    for (const each of UNREADABLE) {
      const { ended, refused } = read(each, cut(each.bytes));
      assert.ok(refused, each.name);
      assert.equal(ended, false, each.name);
    }
  });

  test(`bytes behind a response are never taken for the next one, fed ${how}`, () => {
    for (const each of FOLLOWED) {
      const { refused } = read(each, cut(each.bytes));
      assert.equal(refused?.code, "BAD_RESPONSE", each.name);
    }
  });
}

test("nothing is passed on of a complete response with bytes behind it in one piece", () => {
  for (const each of FOLLOWED) {
    if (each.bytes.includes("chunked")) continue;
    assert.equal(read(each, [each.bytes]).status, 0, each.name);
  }
});

test("bytes without a request are refused", () => {
  const bytes = Buffer.from("HTTP/1.1 200 OK\r\n\r\n");
  assert.throws(() => new ResponseParser().feed(bytes, bytes.length), { code: "BAD_RESPONSE" });
});

test("one parser reads one response after the other, one for each request", () => {
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

test("hop-by-hop fields are not passed on, nor what Connection lists, nor Server-Timing", () => {
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

test("101 is only a response to an upgrade, and what follows it is not read as HTTP", () => {
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  const bytes = Buffer.from(`${head}HTTP/1.1 200 OK\r\n\r\nrubbish`);
  const length = bytes.length - "rubbish".length;
  const seen: unknown[] = [];
  const handler = {
    interim: () => void seen.push("interim"),
    head: () => void seen.push("head"),
    data: () => void seen.push("data"),
    end: () => void seen.push("end"),
    switched: ({ upgrade }: { upgrade: string | undefined }, rest: Buffer) =>
      void seen.push(upgrade, rest.toString()),
  };
  const parser = new ResponseParser();
  parser.begin("GET", handler, true);
  parser.feed(bytes, length);
  assert.deepEqual(seen, ["websocket", "HTTP/1.1 200 OK\r\n\r\n"]);
  parser.begin("GET", handler, false);
  assert.throws(() => parser.feed(bytes, length), { code: "BAD_RESPONSE" });
});

/** How many pieces of a body, and interim responses, come of one read; and why it was refused. */
function readAtOnce(text: string) {
  const seen = { pieces: 0, bytes: 0, interims: 0, ended: false };
  const parser = new ResponseParser();
  const handler = {
    interim: () => void seen.interims++,
    head() {},
    data: (piece: Buffer) => {
      seen.pieces++;
      seen.bytes += piece.length;
    },
    end: () => {
      seen.ended = true;
    },
    switched() {},
  };
  parser.begin("GET", handler, false);
  const feed = () => parser.feed(Buffer.from(text, "latin1"), text.length);
  return { seen, feed };
}

test("many tiny chunks of one read are one piece, not a write each", () => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const { seen, feed } = readAtOnce(`${head}${"1\r\nx\r\n".repeat(1000)}0\r\n\r\n`);
  feed();
  assert.deepEqual(seen, { pieces: 1, bytes: 1000, interims: 0, ended: true });
});

test("early hints pass, interim responses without end do not", () => {
  const hint = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";
  const rest = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const few = readAtOnce(hint.repeat(20) + rest);
  few.feed();
  assert.deepEqual([few.seen.interims, few.seen.ended], [20, true]);
  const endless = readAtOnce("HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000));
  assert.throws(endless.feed, /interim responses without end/);
  assert.ok(endless.seen.interims < 2000);
});
