import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { test } from "node:test";
import { runEdge, startUpstream } from "../testing/edge.ts";
import { makeCertificate } from "../testing/https.ts";

async function send(session: ClientHttp2Session, headers: OutgoingHttpHeaders) {
  const stream = session.request({ ":path": "/", ...headers });
  stream.setEncoding("utf8");
  const [fields] = await once(stream, "response");
  return { fields, body: (await stream.toArray()).join("") };
}

test("HTTP/2 clients share fetches, and get responses, 304, parts and heads from the store", async (t) => {
  const responses: ServerResponse[] = [];
  const listener = (_: IncomingMessage, response: ServerResponse) => {
    responses.push(response);
    response.writeHead(200, {
      "cache-control": "s-maxage=3600",
      etag: '"v1"',
      "content-length": 5,
    });
    setImmediate(() => response.end("whole"));
  };
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(t, "127.0.0.2", listener, undefined);
  const edge = await runEdge(t, upstream, { https: "serve", ...settings });
  const session = connect(`https://127.0.0.1:${edge.ports.https}`, { ca });
  t.after(() => session.destroy());
  const many = await Promise.all(Array.from({ length: 20 }, () => send(session, {})));
  assert.deepEqual([...new Set(many.map(({ body }) => body))], ["whole"]);
  assert.equal(responses.length, 1);
  const hit = await send(session, {});
  assert.match(hit.fields["cache-status"], /^gatehouse; hit/);
  assert.match(hit.fields["server-timing"], /^web;dur=[\d.]+$/);
  assert.equal((await send(session, { "if-none-match": '"v1"' })).fields[":status"], 304);
  const part = await send(session, { range: "bytes=1-2" });
  assert.deepEqual([part.fields[":status"], part.body], [206, "ho"]);
  const head = await send(session, { ":method": "HEAD" });
  assert.deepEqual([head.fields["content-length"], head.body], ["5", ""]);
  assert.equal(responses.length, 1);
});
