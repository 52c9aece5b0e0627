import assert from "node:assert/strict";
import { header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const STYLE = "/assets/style.0123456789abcdef.css";
const DIGITS = "/assets/digits.0123456789abcdef.txt";
const LARGE = "/assets/large.0123456789abcdef.bin";
const LARGE_BYTES = 3_000_000;
const IMMUTABLE = "public, max-age=31536000, immutable";

const ask = ({ http }: Subject, target: string, options = {}) => call(http, { target, ...options });

/** No file of the edge's disk is sent; the request may have reached the application instead. */
async function nothing(subject: Subject, target: string): Promise<void> {
  const { status, text } = await ask(subject, target);
  assert.doesNotMatch(text, /root:.*:0:0:|hidden\n/);
  if (status === 200) assert.equal(JSON.parse(text).method, "GET");
}

export const files: Topic = {
  name: "files",
  rows: [
    edge(
      "served",
      "9110 8",
      "a file is sent with its type, length, ETag and time",
      async (subject) => {
        await subject.witness.clear();
        const response = await ask(subject, DIGITS);
        assert.deepEqual([response.status, response.text], [200, "0123456789"]);
        assert.match(header(response, "content-type"), /^text\/plain; ?charset=utf-8$/);
        assert.equal(header(response, "content-length"), "10");
        assert.match(header(response, "etag"), /^"[^"]+"$/);
        assert.equal(header(response, "last-modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert.deepEqual(await subject.witness.seen(), []);
      },
    ),
    edge("immutable", "8246", "an asset may be cached for ever", async (subject) => {
      assert.equal(header(await ask(subject, STYLE), "cache-control"), IMMUTABLE);
    }),
    edge("script", "9239 6", "a script is text/javascript", async (subject) => {
      const response = await ask(subject, "/assets/script.0123456789abcdef.js");
      assert.match(header(response, "content-type"), /^text\/javascript; ?charset=utf-8$/);
    }),
    edge("nosniff", "", "a file has X-Content-Type-Options: nosniff", async (subject) => {
      assert.equal(header(await ask(subject, STYLE), "x-content-type-options"), "nosniff");
    }),
    edge("large", "", "a large file arrives byte for byte", async (subject) => {
      const { body } = await ask(subject, LARGE);
      assert.ok(body.equals(Buffer.alloc(LARGE_BYTES, "0123456789")));
    }),
    edge("HEAD", "9110 9.3.2", "HEAD gets the same fields and no body", async (subject) => {
      const [got, head] = [
        await ask(subject, DIGITS),
        await ask(subject, DIGITS, { method: "HEAD" }),
      ];
      assert.equal(head.body.length, 0);
      for (const name of ["content-length", "content-type", "etag", "cache-control"]) {
        assert.equal(header(head, name), header(got, name), name);
      }
    }),
    edge("POST", "9110 15.5.6", "POST gets 405, with Allow", async (subject) => {
      const { status, headers } = await ask(subject, DIGITS, { method: "POST" });
      assert.equal(status, 405);
      assert.match(`${headers.allow}`, /GET.*HEAD/);
    }),
    edge("missing", "9110 15.5.5", "a missing file gets 404 from the edge", async (s) => {
      await s.witness.clear();
      assert.equal((await ask(s, "/assets/nothing.css")).status, 404);
      assert.deepEqual(await s.witness.seen(), []);
    }),
    edge("query", "", "a query is ignored", async (subject) => {
      assert.equal((await ask(subject, `${DIGITS}?v=1`)).text, "0123456789");
    }),
    edge(
      "encoded name",
      "3986 2.1",
      "a percent-encoded name finds the same file",
      async (subject) => {
        assert.equal((await ask(subject, DIGITS.replace("digits", "%64igits"))).status, 200);
      },
    ),
    ...[
      "/assets/../../etc/passwd",
      "/assets/%2e%2e/%2e%2e/etc/passwd",
      "/assets/..%2f..%2fetc%2fpasswd",
      "/assets/%252e%252e%252f%252e%252e%252fetc/passwd",
      "/assets/..\\..\\etc\\passwd",
      "/assets//etc/passwd",
      "/assets../../etc/passwd",
      "/assets/digits.0123456789abcdef.txt%00.css",
      "/assets/.hidden",
      "/assets/%2ehidden",
      "/assets/folder",
      "/assets/folder/",
      "/assets/link.txt",
      "/protected-media/report.pdf",
      "/protected-media/../protected-media/report.pdf",
      "//protected-media/report.pdf",
    ].map((target) =>
      edge(
        `nothing at ${target}`,
        "3986 7.3",
        "no target leads out of the folder or to a hidden file",
        (s) => nothing(s, target),
      ),
    ),
    edge(
      "protected",
      "",
      "X-Accel-Redirect sends a protected file, with the fields of the response",
      async (s) => {
        const response = await ask(s, "/protected");
        assert.equal(response.text, "0123456789 protected");
        assert.equal(header(response, "content-type"), "application/pdf");
        assert.equal(header(response, "content-disposition"), "attachment");
        assert.equal(response.headers["x-accel-redirect"], undefined);
      },
    ),
    edge(
      "protected range",
      "9110 14.2",
      "a range of a protected file is served",
      async (subject) => {
        const response = await ask(subject, "/protected", { headers: { range: "bytes=0-3" } });
        assert.deepEqual([response.status, response.text], [206, "0123"]);
      },
    ),
  ],
};
