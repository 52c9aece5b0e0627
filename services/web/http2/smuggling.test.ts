import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { runEdge, startUpstream } from "../testing/edge.ts";
import { FLAG, FRAME, FrameClient, fieldBlock, frame, REQUEST } from "../testing/http2-frames.ts";
import { makeCertificate } from "../testing/https.ts";

type Fields = readonly (readonly [name: string, value: string])[];

async function start(t: TestContext) {
  const { settings } = await makeCertificate(t);
  const seen: IncomingMessage[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      seen.push(request);
      request.on("error", () => undefined).resume();
      request.on("end", () => response.end("ok"));
    },
    undefined,
  );
  const edge = await runEdge(t, upstream, { https: "serve", ...settings });
  return { seen, open: () => FrameClient.open(t, edge.ports.https ?? 0) };
}

/** The request's own fields, some of them replaced. */
function replaced(changes: Readonly<Record<string, string>>): Fields {
  return REQUEST.map(([name, value]) => [name, changes[name] ?? value]);
}

/** What would be another request, or another framing, once it is written as HTTP/1.1. */
const SMUGGLED: readonly (readonly [what: string, fields: Fields])[] = [
  ["an upper-case name", [...REQUEST, ["X-A", "1"]]],
  ["transfer-encoding", [...REQUEST, ["transfer-encoding", "chunked"]]],
  ["connection", [...REQUEST, ["connection", "keep-alive"]]],
  ["keep-alive", [...REQUEST, ["keep-alive", "timeout=5"]]],
  ["proxy-connection", [...REQUEST, ["proxy-connection", "close"]]],
  ["upgrade", [...REQUEST, ["upgrade", "websocket"]]],
  ["te other than trailers", [...REQUEST, ["te", "chunked"]]],
  ["two :path", [...REQUEST, [":path", "/other"]]],
  ["two :method", [...REQUEST, [":method", "POST"]]],
  ["two :authority", [...REQUEST, [":authority", "b.example"]]],
  ["a pseudo field behind a plain one", [["x-a", "1"], ...REQUEST]],
  ["a pseudo field of responses", [...REQUEST, [":status", "200"]]],
  ["an unknown pseudo field", [...REQUEST, [":port", "1"]]],
  ["no :path", REQUEST.filter(([name]) => name !== ":path")],
  ["no :method", REQUEST.filter(([name]) => name !== ":method")],
  ["no :scheme", REQUEST.filter(([name]) => name !== ":scheme")],
  ["an empty :path", replaced({ ":path": "" })],
  ["a :path without a slash", replaced({ ":path": "admin" })],
  ["a space in :path", replaced({ ":path": "/ HTTP/1.1" })],
  ["CR LF in :path", replaced({ ":path": "/ HTTP/1.1\r\nHost: b.example\r\n\r\nGET /" })],
  ["a tab in :path", replaced({ ":path": "/\tx" })],
  ["a fragment in :path", replaced({ ":path": "/a#b" })],
  ["a space in :method", replaced({ ":method": "GET /admin HTTP/1.1" })],
  ["CR LF in :method", replaced({ ":method": "GET / HTTP/1.1\r\nx: y\r\n\r\nGET" })],
  ["an unknown method", replaced({ ":method": "SMUGGLE" })],
  ["CR LF in :authority", replaced({ ":authority": "a.example\r\nx-injected: 2" })],
  ["a path in :authority", replaced({ ":authority": "a.example/admin" })],
  ["user-info in :authority", replaced({ ":authority": "u@a.example" })],
  ["an empty :authority", replaced({ ":authority": "" })],
  ["host that is another than :authority", [...REQUEST, ["host", "b.example"]]],
  ["two hosts", [...REQUEST, ["host", "a.example"], ["host", "a.example"]]],
  ["two content-lengths", [...REQUEST, ["content-length", "0"], ["content-length", "5"]]],
  ["two content-types", [...REQUEST, ["content-type", "a/b"], ["content-type", "c/d"]]],
  ["a content-length that is a list", [...REQUEST, ["content-length", "0, 5"]]],
  ["a content-length with a sign", [...REQUEST, ["content-length", "+0"]]],
  ["a content-length without its body", [...REQUEST, ["content-length", "5"]]],
  ["an underscore that reads like a hyphen", [...REQUEST, ["content_length", "5"]]],
];

/** What nghttp2 takes out of a request (its `on_invalid_header` of Node says nothing of it). */
const DROPPED: typeof SMUGGLED = [
  ["CR LF in a value", [...REQUEST, ["x-a", "1\r\nx-injected: 2"]]],
  ["LF in a value", [...REQUEST, ["x-a", "1\nx-injected: 2"]]],
  ["CR in a value", [...REQUEST, ["x-a", "1\rx-injected: 2"]]],
  ["NUL in a value", [...REQUEST, ["x-a", "1\0"]]],
  ["a space before a value", [...REQUEST, ["x-a", " 1"]]],
  ["CR LF in a name", [...REQUEST, ["x-a: 1\r\nx-injected", "2"]]],
  ["a colon in a name", [...REQUEST, ["x-a:b", "1"]]],
  ["a space in a name", [...REQUEST, ["x a", "1"]]],
  ["an empty name", [...REQUEST, ["", "1"]]],
];

test("a field with characters that no field may have never reaches the application", async (t) => {
  const { seen, open } = await start(t);
  for (const [what, fields] of DROPPED) {
    const client = await open();
    client.get(1, fields);
    assert.equal(await client.verdict(1), "status 200", what);
    const [request] = seen.splice(0);
    assert.doesNotMatch(String(request?.rawHeaders), /x-a|x a|injected|[\r\n\0]/i, what);
    assert.equal(request?.url, "/");
  }
});

test("nothing that HTTP/1.1 would read in another way gets through, and a marker gets its own response", async (t) => {
  const { seen, open } = await start(t);
  for (const [what, fields] of SMUGGLED) {
    const client = await open();
    client.get(1, fields);
    const verdict = await client.verdict(1);
    assert.match(verdict, /^(reset|goaway|status 400|status another)/, `${what}: ${verdict}`);
    assert.equal(seen.length, 0, `${what}: the application saw ${seen[0]?.url}`);
    if (verdict.startsWith("goaway")) continue;
    client.get(3);
    assert.equal(await client.verdict(3), "status 200", `${what}: the marker`);
    assert.equal(seen.length, 1, what);
    seen.length = 0;
  }
});

test("a body that is longer or shorter than its content-length never becomes a whole request", async (t) => {
  const { seen, open } = await start(t);
  for (const [said, sent] of [
    [5, 4],
    [5, 6],
    [0, 1],
  ] as const) {
    const client = await open();
    const fields = [...replaced({ ":method": "POST" }), ["content-length", String(said)]] as const;
    client.send(frame(FRAME.headers, FLAG.endHeaders, 1, fieldBlock(fields)));
    client.send(frame(FRAME.data, FLAG.endStream, 1, Buffer.alloc(sent, "x")));
    const verdict = await client.verdict(1);
    // A GOAWAY may be lost when its connection closes (RFC 9113, section 6.8).
    assert.match(
      verdict,
      /^(reset|goaway|status 400|closed)/,
      `${said} said, ${sent} sent: ${verdict}`,
    );
  }
  assert.ok(
    seen.every(({ complete }) => !complete),
    "no request was whole",
  );
});
