import assert from "node:assert/strict";
import { header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const DIGITS = "/assets/digits.0123456789abcdef.txt";
const CHANGED = "Fri, 02 Jan 2026 03:04:05 GMT";
const BEFORE = "Thu, 01 Jan 2026 00:00:00 GMT";
const AFTER = "Sat, 03 Jan 2026 00:00:00 GMT";

/** The status of a conditional GET of a file; {etag} stands for the file's own. */
async function status(subject: Subject, fields: Record<string, string>, method = "GET") {
  const etag = header(await call(subject.http, { target: DIGITS }), "etag");
  const headers = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value.replace("{etag}", etag)]),
  );
  const response = await call(subject.http, { target: DIGITS, headers, method });
  if (response.status === 304) {
    assert.equal(response.body.length, 0);
    assert.equal(header(response, "etag"), etag);
  }
  return response.status;
}

const row = (id: string, rfc: string, says: string, due: number, fields: Record<string, string>) =>
  edge(id, rfc, says, async (subject) => assert.equal(await status(subject, fields), due));

export const conditional: Topic = {
  name: "conditional requests",
  rows: [
    row("same tag", "9110 13.1.2", "If-None-Match with its ETag gets 304", 304, {
      "if-none-match": "{etag}",
    }),
    row("weak tag", "9110 8.8.3.2", "the weak form of its ETag too", 304, {
      "if-none-match": "W/{etag}",
    }),
    row("a list", "9110 13.1.2", "its ETag may be in a list", 304, {
      "if-none-match": '"x", "a,b", {etag}',
    }),
    row("any tag", "9110 13.1.2", "* matches an existing file", 304, { "if-none-match": "*" }),
    row("other tag", "9110 13.1.2", "another ETag gets the file", 200, { "if-none-match": '"x"' }),
    row("same time", "9110 13.1.3", "If-Modified-Since with its time gets 304", 304, {
      "if-modified-since": CHANGED,
    }),
    row("later", "9110 13.1.3", "a later time too", 304, { "if-modified-since": AFTER }),
    row("earlier", "9110 13.1.3", "an earlier time gets the file", 200, {
      "if-modified-since": BEFORE,
    }),
    row("no time", "9110 13.1.3", "an invalid time is ignored", 200, {
      "if-modified-since": "yesterday",
    }),
    row(
      "tag before time",
      "9110 13.2.2",
      "If-None-Match takes precedence over If-Modified-Since",
      200,
      {
        "if-none-match": '"x"',
        "if-modified-since": AFTER,
      },
    ),
    row("must match", "9110 13.1.1", "If-Match with its ETag gets the file", 200, {
      "if-match": "{etag}",
    }),
    row("does not match", "9110 13.1.1", "If-Match with another ETag gets 412", 412, {
      "if-match": '"x"',
    }),
    row("weak never matches", "9110 13.1.1", "If-Match uses strong comparison", 412, {
      "if-match": "W/{etag}",
    }),
    row("unchanged", "9110 13.1.4", "If-Unmodified-Since with its time gets the file", 200, {
      "if-unmodified-since": CHANGED,
    }),
    row("changed", "9110 13.1.4", "If-Unmodified-Since with an earlier time gets 412", 412, {
      "if-unmodified-since": BEFORE,
    }),
    edge("HEAD", "9110 13.2.1", "HEAD is conditional too", async (subject) => {
      assert.equal(await status(subject, { "if-none-match": "{etag}" }, "HEAD"), 304);
    }),
  ],
};
