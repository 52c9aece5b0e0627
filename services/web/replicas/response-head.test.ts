import assert from "node:assert/strict";
import { test } from "node:test";
import { readHead } from "./response-head.ts";
import { ResponseParser } from "./response-parser.ts";

/** What a response with these fields says of its connection. */
const connectionOf = (version: string, ...fields: string[]) => {
  const { persistent, keepAlive } = readHead(
    [`HTTP/${version} 200 OK`, ...fields, ""].join("\r\n"),
  );
  return { persistent, keepAlive };
};

test("a connection stays open as RFC 9112, section 9.3, says, in any letter case", () => {
  for (const [version, connection, persistent] of [
    ["1.1", undefined, true],
    ["1.1", "close", false],
    ["1.1", "Close", false],
    ["1.1", "X-Own, CLOSE", false],
    ["1.1", "keep-alive", true],
    ["1.0", undefined, false],
    ["1.0", "keep-alive", true],
    ["1.0", "Keep-Alive", true],
    ["1.0", "Keep-Alive, X-Own", true],
    ["1.0", "keep-alive, close", false],
  ] as const) {
    const fields = connection === undefined ? [] : [`Connection: ${connection}`];
    const name = `${version} ${connection}`;
    assert.equal(connectionOf(version, ...fields).persistent, persistent, name);
  }
});

test("a replica's Keep-Alive is in whole seconds, among other parameters", () => {
  for (const [value, expected] of [
    ["timeout=5", 5000],
    ["max=100, timeout=75", 75_000],
    ["Timeout=120", 120_000],
    ["max=100", undefined],
    ["timeout=soon", undefined],
  ] as const) {
    assert.equal(connectionOf("1.1", `Keep-Alive: ${value}`).keepAlive, expected, value);
  }
});

/** The statuses of the heads, and how often the body has ended. */
function parser() {
  const seen = { interims: [] as number[], heads: [] as number[], ends: 0 };
  const parser = new ResponseParser();
  parser.begin(
    "GET",
    {
      interim: ({ status }) => seen.interims.push(status),
      head: ({ status }) => seen.heads.push(status),
      data() {},
      end() {
        seen.ends++;
      },
      switched() {},
    },
    false,
  );
  const feed = (text: string, length = text.length) => parser.feed(Buffer.from(text), length);
  return { feed, seen };
}

test("a response that begins with an empty line is refused at once", () => {
  assert.throws(() => parser().feed("\r\n\r\n"), { code: "BAD_RESPONSE" });
});

/** A head of so many bytes, without its empty line. */
const headOf = (status: string, bytes: number) => {
  const start = `HTTP/1.1 ${status}\r\nContent-Length: 0\r\nX: `;
  return start + "x".repeat(bytes - start.length);
};

test("a head of exactly 32 KiB is read, wherever it is cut; a longer one is refused", () => {
  const longest = headOf("200 OK", 32 * 1024);
  for (const cut of [1, 32 * 1024 - 1, 32 * 1024]) {
    const { feed, seen } = parser();
    feed(longest.slice(0, cut));
    feed(`${longest.slice(cut)}\r\n\r\n`);
    assert.deepEqual(seen, { interims: [], heads: [200], ends: 1 }, String(cut));
  }
  assert.throws(() => parser().feed(`${headOf("200 OK", 32 * 1024 + 1)}\r\n\r\n`), {
    code: "BAD_RESPONSE",
  });
  const { feed } = parser();
  assert.throws(() => feed(headOf("200 OK", 32 * 1024 + 1)), { code: "BAD_RESPONSE" });
});

test("a long interim head does not make the head behind it too long", () => {
  const { feed, seen } = parser();
  const interim = `HTTP/1.1 103 Early Hints\r\nLink: ${"x".repeat(20_000)}\r\n\r\n`;
  feed(`${interim}HTTP/1.1 200 OK\r\nContent-`);
  feed("Length: 0\r\n\r\n");
  assert.deepEqual(seen, { interims: [103], heads: [200], ends: 1 });
});

test("a byte of an earlier read behind the last one is no part of the response", () => {
  const { feed, seen } = parser();
  feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const last = "0\r\n\r\n";
  feed(last, last.length - 1);
  assert.equal(seen.ends, 0);
  feed("\n");
  assert.equal(seen.ends, 1);
});
