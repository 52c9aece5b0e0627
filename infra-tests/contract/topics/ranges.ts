import assert from "node:assert/strict";
import { header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const DIGITS = "/assets/digits.0123456789abcdef.txt";
const LARGE = "/assets/large.0123456789abcdef.bin";

const ask = ({ http }: Subject, headers: Record<string, string>, target = DIGITS, method = "GET") =>
  call(http, { target, headers, method });

const part = (id: string, range: string, text: string, where: string) =>
  edge(id, "9110 14.1.2", `${range} gets ${where}`, async (subject) => {
    const response = await ask(subject, { range });
    assert.deepEqual([response.status, response.text], [206, text]);
    assert.equal(header(response, "content-range"), `bytes ${where}`);
    assert.equal(header(response, "content-length"), String(text.length));
  });

const whole = (id: string, rfc: string, says: string, headers: Record<string, string>) =>
  edge(id, rfc, says, async (subject) => {
    const response = await ask(subject, headers);
    assert.deepEqual([response.status, response.text], [200, "0123456789"]);
  });

export const ranges: Topic = {
  name: "ranges",
  rows: [
    edge("offered", "9110 14.3", "a file has Accept-Ranges", async (subject) => {
      assert.equal(header(await ask(subject, {}), "accept-ranges"), "bytes");
    }),
    part("first and last", "bytes=2-4", "234", "2-4/10"),
    part("open end", "bytes=7-", "789", "7-9/10"),
    part("suffix", "bytes=-3", "789", "7-9/10"),
    part("beyond the end", "bytes=8-100", "89", "8-9/10"),
    part("long suffix", "bytes=-100", "0123456789", "0-9/10"),
    edge(
      "unsatisfiable",
      "9110 15.5.17",
      "a range after the end gets 416 and the length",
      async (s) => {
        const response = await ask(s, { range: "bytes=10-" });
        assert.equal(response.status, 416);
        assert.equal(header(response, "content-range"), "bytes */10");
      },
    ),
    whole("other unit", "9110 14.2", "an unknown unit is ignored", { range: "lines=1-2" }),
    whole("backwards", "9110 14.1.1", "a range that ends before it starts is ignored", {
      range: "bytes=4-2",
    }),
    whole("If-Range, other", "9110 13.1.5", "If-Range with another ETag gets the whole file", {
      range: "bytes=2-4",
      "if-range": '"x"',
    }),
    edge(
      "If-Range, same",
      "9110 13.1.5",
      "If-Range with its ETag gets the range",
      async (subject) => {
        const etag = header(await ask(subject, {}), "etag");
        const response = await ask(subject, { range: "bytes=2-4", "if-range": etag });
        assert.deepEqual([response.status, response.text], [206, "234"]);
      },
    ),
    edge("HEAD", "9110 14.2", "HEAD with a range gets no body", async (subject) => {
      const response = await ask(subject, { range: "bytes=2-4" }, DIGITS, "HEAD");
      assert.ok([200, 206].includes(response.status));
      assert.equal(response.body.length, 0);
    }),
    edge(
      "of a large file",
      "9110 14.2",
      "a range of a large file has the right bytes",
      async (subject) => {
        const response = await ask(subject, { range: "bytes=1999995-2000004" }, LARGE);
        assert.deepEqual([response.status, response.text], [206, "5678901234"]);
      },
    ),
    edge(
      "condition first",
      "9110 13.2.2",
      "If-None-Match is evaluated before the range",
      async (s) => {
        const etag = header(await ask(s, {}), "etag");
        assert.equal((await ask(s, { range: "bytes=2-4", "if-none-match": etag })).status, 304);
      },
    ),
  ],
};
