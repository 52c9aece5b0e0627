import assert from "node:assert/strict";
import { header } from "../../stack/http.ts";
import { call, Wire } from "../client.ts";
import { edge, everywhere, type Topic, through } from "../row.ts";
import type { Subject } from "../subject.ts";

const HOPS = {
  connection: "close, x-hop",
  "x-hop": "secret",
  "keep-alive": "timeout=9",
  te: "trailers",
  "proxy-authorization": "Basic c2VjcmV0",
  "proxy-connection": "keep-alive",
  upgrade: "h2c",
};

/** The fields that the application received: names in lower case, with values. */
async function seen(subject: Subject, target: string, options = {}): Promise<[string, string][]> {
  const { status, text } = await call(subject.http, { target, ...options });
  assert.equal(status, 200, text);
  const raw: string[] = JSON.parse(text).rawHeaders;
  return pairs(raw);
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    found.push([raw[at]?.toLowerCase() ?? "", raw[at + 1] ?? ""]);
  }
  return found;
}

const values = (fields: readonly [string, string][], name: string) =>
  fields.filter(([each]) => each === name).map(([, value]) => value);

async function framing(subject: Subject, body: string, headers: Record<string, string>) {
  const fields = await seen(subject, "/headers", { method: "POST", body, headers });
  return [...values(fields, "content-length"), ...values(fields, "transfer-encoding")];
}

export const forwarding: Topic = {
  name: "forwarding",
  rows: [
    everywhere("target", "9110 7.1", "the target is forwarded byte for byte", async ({ http }) => {
      const target = "/a%20b/%c3%a9/c//d/./e/../f?x=%2F&x=2&&=";
      assert.equal(JSON.parse((await call(http, { target })).text).target, target);
    }),
    everywhere("fields", "9110 5.3", "fields keep their order and values", async (subject) => {
      const headers = { "X-First": "1", "x-SECOND": "a,  b", "X-Third": '"q;r"' };
      const fields = await seen(subject, "/", { headers });
      const mine = fields.filter(([name]) => /^x-(first|second|third)$/.test(name));
      const names = ["x-first", "x-second", "x-third"];
      assert.deepEqual(
        mine,
        names.map((name, at) => [name, Object.values(headers)[at]]),
      );
    }),
    through(
      "one Host",
      "9110 7.2",
      "the application receives one Host, the client's",
      async (s) => {
        const fields = await seen(s, "/", { headers: { host: "Shop.example:81" } });
        assert.deepEqual(values(fields, "host"), ["Shop.example:81"]);
      },
    ),
    through(
      "absolute target",
      "9112 3.2.2",
      "an absolute target is forwarded in origin form",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write("GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n");
        const { body } = await wire.response();
        assert.equal(JSON.parse(/\{[\s\S]*\}/.exec(body)?.[0] ?? "").target, "/x?y");
      },
    ),
    through("hops", "9110 7.6.1", "fields for this hop are not forwarded", async (subject) => {
      const fields = await seen(subject, "/", { headers: HOPS });
      const names = Object.keys(HOPS).filter((name) => name !== "connection");
      const left = fields.filter(([name]) => names.includes(name));
      assert.deepEqual(left, []);
      assert.doesNotMatch(values(fields, "connection").join(), /x-hop|close/);
    }),
    through(
      "a length",
      "9112 6.2",
      "a body of known length is forwarded with Content-Length only",
      async (s) => {
        assert.deepEqual(await framing(s, "hello", { "content-length": "5" }), ["5"]);
      },
    ),
    through(
      "chunks",
      "9112 6.1",
      "a chunked body is forwarded with one framing",
      async (subject) => {
        const found = await framing(subject, "hello", { "transfer-encoding": "chunked" });
        assert.ok(["5", "chunked"].includes(found.join()), found.join());
      },
    ),
    through("no body", "9112 6.3", "a GET without a body has no framing", async (subject) => {
      const fields = await seen(subject, "/");
      assert.deepEqual(values(fields, "transfer-encoding"), []);
      assert.deepEqual(values(fields, "content-length"), []);
    }),
    edge(
      "response's hops",
      "9110 7.6.1",
      "fields for its hop are removed from a response",
      async (s) => {
        const { headers } = await call(s.http, { target: "/hops" });
        for (const name of ["x-hop", "upgrade", "proxy-connection"]) {
          assert.equal(headers[name], undefined, name);
        }
        assert.doesNotMatch(`${headers["keep-alive"]}`, /timeout=7/);
        assert.doesNotMatch(`${headers.connection}`, /x-hop/);
      },
    ),
    edge("cookies", "6265 3", "several Set-Cookie fields stay separate", async ({ http }) => {
      const { headers } = await call(http, { target: "/cookies" });
      assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
    }),
    edge(
      "statuses",
      "9110 15",
      "status and fields of a response are forwarded, also of an error",
      async (s) => {
        for (const code of [201, 204, 304, 307, 404, 418, 500, 503]) {
          const response = await call(s.http, { target: `/status?code=${code}` });
          assert.equal(response.status, code);
          assert.equal(header(response, "x-from"), "witness");
          assert.equal(response.text, "");
        }
      },
    ),
    edge(
      "HEAD",
      "9110 9.3.2",
      "HEAD is forwarded as HEAD, and the response has no body",
      async (s) => {
        await s.witness.clear();
        const response = await call(s.http, { target: "/large?bytes=5000", method: "HEAD" });
        assert.equal(response.body.length, 0);
        assert.equal((await s.witness.requestTo("/large")).method, "HEAD");
      },
    ),
    edge(
      "early hints",
      "8297 2",
      "103 Early Hints are forwarded before the response",
      async ({ http }) => {
        using wire = await Wire.to(http);
        wire.write("GET /early HTTP/1.1\r\nHost: a.example\r\n\r\n");
        const [hints, response] = [await wire.response(), await wire.response()];
        assert.equal(hints.status, 103);
        assert.match(hints.head, /^link: <\/style\.css>/im);
        assert.equal(response.status, 200);
      },
    ),
    edge(
      "methods",
      "9110 9",
      "every method that Node's parser knows is forwarded, except CONNECT",
      async (s) => {
        for (const method of ["DELETE", "OPTIONS", "PATCH", "PROPFIND", "PUT", "QUERY", "REPORT"]) {
          const { text } = await call(s.http, { target: "/x", method });
          assert.equal(JSON.parse(text).method, method);
        }
      },
    ),
    edge("TRACE", "9110 9.3.8", "TRACE is forwarded", async ({ http }) => {
      assert.equal((await call(http, { target: "/x", method: "TRACE" })).status, 200);
    }),
  ],
};
