import assert from "node:assert/strict";
import { readFile, rename } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import echo from "../../../examples/echo.ts";
import { eventually, startUpstream } from "../testing/edge.ts";
import { startEdgeProcess, temporaryFolder } from "../testing/edge-process.ts";

const KEYS = [
  ...[
    "level",
    "time",
    "tier",
    "request_id",
    "traceparent",
    "trace_id",
    "method",
    "target",
    "status",
  ],
  ...["duration_ms", "client", "scheme", "host", "protocol", "served_by", "route", "replica"],
  ...["retries", "cache", "bytes_in", "bytes_out", "sent_ms", "head_ms"],
  ...["user_agent", "referer", "pid", "message"],
];

async function start(t: TestContext, ...flags: string[]) {
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const { address, port, adminPort } = upstream;
  const behind = [`--upstream=${address}:${port}`, `--upstream-admin-port=${adminPort}`];
  const edge = startEdgeProcess(t, "--https=off", ...behind, ...flags);
  const { http } = await edge.ready();
  return { edge, upstream, url: `http://127.0.0.1:${http}` };
}

test("every request has one line, with its keys in one order", async (t) => {
  const { edge, upstream, url } = await start(t);
  const received = await fetch(`${url}/a?b="c"`, {
    method: "POST",
    body: "x".repeat(1000),
    headers: { "user-agent": 'agent "1"', referer: "https://a.example/" },
  });
  const body = await received.text();
  const line = await edge.message("access");
  assert.deepEqual(Object.keys(line), KEYS);
  const { request_id, target, status, client, route, replica, retries, bytes_in } = line;
  assert.equal(request_id, received.headers.get("x-request-id"));
  assert.deepEqual(
    { target, status, client, route, replica, retries, bytes_in },
    {
      target: "/a?b=%22c%22",
      status: 200,
      client: "127.0.0.1",
      route: "site",
      replica: upstream.address,
      retries: 0,
      bytes_in: 1000,
    },
  );
  assert.equal(line.bytes_out, body.length);
  assert.equal(line.user_agent, 'agent "1"');
  assert.ok(Number(line.sent_ms) <= Number(line.head_ms));
  assert.ok(Number(line.head_ms) <= Number(line.duration_ms));
});

test("a line stays under 4 KB, whatever a client sends", async (t) => {
  const { edge, url } = await start(t);
  // The longest escapes of JSON, within the limits of a request.
  const long = '"\u00e9'.repeat(1900);
  const headers = { "user-agent": long, referer: long, host: `${"a".repeat(250)}.example` };
  const sent = request(`${url}/${"%22".repeat(1300)}`, { headers }).end();
  sent.on("response", (response) => response.resume());
  const line = await edge.message("access");
  const text = edge.texts.find((each) => each.includes('"message":"access"')) ?? "";
  assert.ok(Buffer.byteLength(text) < 4096, `${Buffer.byteLength(text)} bytes`);
  assert.equal(line.status, 200);
  assert.match(String(line.user_agent), /^"\u00e9"\u00e9.*\.\.\.$/);
});

test("a line stays under 4 KB for words that a client sends byte by byte, also in its method", async (t) => {
  const { edge, url } = await start(t);
  const { port } = new URL(url);
  const hostile = ["\u0080", "\u00ff", '"', "\\", "\t", "x"];
  for (const piece of hostile) {
    const long = piece.repeat(4000);
    for (const head of [
      `GET /${piece.repeat(4000)} HTTP/1.1\r\nHost: a`,
      `${"M".repeat(4000)} / HTTP/1.1\r\nHost: a`,
      `GET / HTTP/1.1\r\nHost: ${piece.repeat(200)}`,
      `GET /${"'".repeat(4000)} HTTP/1.1\r\nHost: a\r\nUser-Agent: a${long}b\r\nReferer: a${long}b`,
    ]) {
      const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
      socket.end(Buffer.from(`${head}\r\nConnection: close\r\n\r\n`, "latin1"));
      await socket
        .resume()
        .toArray()
        .catch(() => undefined);
    }
  }
  await edge.message("access");
  const lines = async () => edge.texts.filter((each) => /"message":"(access|refused)"/.test(each));
  await eventually(lines, (found) => found.length >= hostile.length * 4);
  for (const text of await lines()) {
    assert.ok(Buffer.byteLength(text) < 4096, `${Buffer.byteLength(text)} bytes: ${text}`);
    JSON.parse(text);
  }
});

test("a client that leaves before the response is 499", async (t) => {
  const received = Promise.withResolvers<void>();
  const upstream = await startUpstream(t, "127.0.0.2", () => received.resolve(), undefined);
  const { address, port, adminPort } = upstream;
  const behind = [`--upstream=${address}:${port}`, `--upstream-admin-port=${adminPort}`];
  const edge = startEdgeProcess(t, "--https=off", ...behind);
  const { http } = await edge.ready();
  const sent = request(`http://127.0.0.1:${http}/slow`).on("error", () => undefined);
  sent.end();
  await received.promise;
  sent.destroy();
  const { status, target, head_ms } = await edge.message("access");
  assert.deepEqual({ status, target, head_ms }, { status: 499, target: "/slow", head_ms: null });
});

test("a response that the edge makes itself has no time of a replica", async (t) => {
  const { edge, upstream, url } = await start(t);
  upstream.close();
  const { status } = await fetch(`${url}/`);
  const line = await edge.message("access");
  assert.deepEqual([status, line.status], [502, 502]);
  assert.deepEqual([line.served_by, line.head_ms], ["edge", null]);
});

test("USR1 opens a moved file anew, and no line is lost, not even at the end", async (t) => {
  const file = join(await temporaryFolder(t), "access.log");
  const { edge, url } = await start(t, `--access-log=${file}`, "--lame-duck=0");
  const ask = async (count: number) => {
    for (let at = 0; at < count; at++) await (await fetch(`${url}/`)).text();
  };
  const lines = async (path: string) =>
    (await readFile(path, "utf8").catch(() => "")).split("\n").length - 1;
  await ask(50);
  await eventually(
    () => lines(file),
    (count) => count === 50,
  );
  await rename(file, `${file}.1`);
  edge.child.kill("SIGUSR1");
  await edge.message("signal");
  await eventually(
    () =>
      readFile(file)
        .then(() => true)
        .catch(() => false),
    (opened) => opened,
  );
  await ask(50);
  edge.child.kill("SIGTERM");
  await edge.exited;
  assert.deepEqual([await lines(`${file}.1`), await lines(file)], [50, 50]);
  assert.ok(!edge.lines.some(({ message }) => message === "access"));
});
