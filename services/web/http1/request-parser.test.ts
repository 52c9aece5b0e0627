import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestParser } from "./request-parser.ts";

const LIMITS = {
  ...{ limitRequestLine: 4094, limitRequestField: 8190 },
  ...{ limitRequestFields: 100, limitRequestBody: 0 },
};
const HEAD = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";

test("no more than some dozen chunks are read at a time, and each byte once", () => {
  let body = "";
  let ended = 0;
  const parser = new RequestParser(
    {
      head: () => undefined,
      data: (piece) => {
        body += piece.toString("latin1");
      },
      end: () => {
        ended++;
      },
    },
    LIMITS,
    36_854,
  );
  const sent = Array.from({ length: 1000 }, (_, at) => String.fromCharCode(97 + (at % 26)));
  const bytes = `${HEAD}${sent.map((letter) => `1\r\n${letter}\r\n`).join("")}0\r\n\r\n`;
  parser.feed(Buffer.from(bytes.slice(0, 4000), "latin1"));
  assert.ok(body.length < 50, `${body.length} chunks at a time`);
  // What is received meanwhile waits behind the rest.
  parser.feed(Buffer.from(bytes.slice(4000), "latin1"));
  for (let turns = 0; parser.mustWait; turns++) {
    parser.resume();
    assert.ok(turns < 50);
  }
  assert.equal(body, sent.join(""));
  assert.deepEqual([ended, parser.ahead], [1, 0]);
});
