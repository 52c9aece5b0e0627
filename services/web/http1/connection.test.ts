import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { RawClient, startHttp1 } from "../testing/http1.ts";
import type { Http1Request } from "./request.ts";
import type { Http1Response } from "./response.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const post = (length: number) =>
  `POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${length}\r\n\r\n`;

function respond(response: Http1Response, text = "ok"): void {
  response.writeHead(200, ["Content-Length", String(text.length)]);
  response.end(Buffer.from(text), []);
}

async function eventually(satisfies: () => boolean): Promise<void> {
  const since = performance.now();
  while (!satisfies()) {
    if (isLate(since, 10_000)) throw new Error("not within ten seconds");
    await nextTurn();
  }
}

/** Requests that wait until the test responds to them. */
async function held(t: Parameters<typeof startHttp1>[0], changes = {}) {
  const waiting: { request: Http1Request; response: Http1Response }[] = [];
  const server = await startHttp1(
    t,
    (request, response) => waiting.push({ request, response }),
    changes,
  );
  return { ...server, waiting };
}

test("requests of one connection are served one at a time, in their order", async (t) => {
  const { port, waiting } = await held(t);
  const targets = ["/1", "/2", "/3"];
  const client = new RawClient(t, port);
  client.send(targets.map((target) => GET.replace("/", target)).join(""));
  for (const [at, target] of targets.entries()) {
    await eventually(() => waiting.length > at);
    assert.equal(waiting.length, at + 1);
    assert.equal(waiting[at]?.request.url, target);
    if (waiting[at]) respond(waiting[at].response, target);
  }
  await client.until(({ received }) => received.endsWith("/3"));
  assert.deepEqual(client.statuses, [200, 200, 200]);
});

test("a client that leaves while its request is served is noticed at once", async (t) => {
  const { port, waiting } = await held(t);
  const client = new RawClient(t, port).send(GET);
  await eventually(() => waiting.length === 1);
  let closed = false;
  waiting[0]?.response.on("close", () => {
    closed = true;
  });
  client.socket.end();
  await eventually(() => closed);
  assert.equal(waiting[0]?.response.writableFinished, false);
});

test("a client that sends further than one head ahead is not read, and that not for ever", async (t) => {
  const { port, waiting, open } = await held(t, { keepAlive: 300 });
  const client = new RawClient(t, port).send(GET);
  await eventually(() => waiting.length === 1);
  let sent = 0;
  while (client.socket.write(GET.repeat(1000), "latin1") || client.socket.writableLength < 4e6) {
    sent += GET.length * 1000;
    if (sent > 64e6) break;
    await nextTurn();
  }
  const [socket] = open;
  assert.ok((socket?.bytesRead ?? 0) < 1e6, `${socket?.bytesRead} bytes were read ahead`);
  await client.ended();
  assert.equal(waiting.length, 1);
});

test("what is sent ahead is served when its turn comes, however much it is", async (t) => {
  const { port } = await startHttp1(t, (_, response) => setImmediate(() => respond(response)));
  const client = new RawClient(t, port).send(GET.repeat(500));
  await client.until(({ statuses }) => statuses.length === 500);
});

test("a body that is not read is thrown away, and the next request served", async (t) => {
  const { port } = await startHttp1(t, (_, response) => respond(response));
  const client = new RawClient(t, port);
  client.send(post(300_000) + "x".repeat(300_000) + GET);
  await client.until(({ statuses }) => statuses.length === 2);
});

test("a body that never ends behind its response costs the connection", async (t) => {
  const { port } = await startHttp1(t, (_, response) => respond(response), { headersTimeout: 200 });
  const client = new RawClient(t, port).send(`${post(10)}12345`);
  await client.ended();
  assert.deepEqual(client.statuses, [200]);
});

test("an idle connection closes after the keep-alive time, without a response", async (t) => {
  const { port } = await startHttp1(t, (_, response) => respond(response), { keepAlive: 200 });
  const client = new RawClient(t, port).send(GET);
  await client.ended();
  assert.deepEqual(client.statuses, [200]);
});

test("a connection on which nothing was sent closes without a response", async (t) => {
  const { port } = await startHttp1(t, (_, response) => respond(response), { headersTimeout: 200 });
  const client = new RawClient(t, port);
  await client.ended();
  assert.equal(client.received, "");
});

test("a head that takes too long is 408, however steadily it is sent", async (t) => {
  const { port } = await startHttp1(t, (_, response) => respond(response), { headersTimeout: 300 });
  const client = new RawClient(t, port).send("GET / HTTP/1.1\r\nHost: a.example\r\n");
  const timer = setInterval(() => client.socket.writable && client.send("X: 1\r\n"), 20);
  t.after(() => clearInterval(timer));
  await client.ended();
  assert.deepEqual(client.statuses, [408]);
});

test("a head that its client breaks off is 400, and a client that sent nothing gets nothing", async (t) => {
  const { port } = await startHttp1(t, (_, response) => respond(response));
  const begun = new RawClient(t, port).send("GET / HTTP/1.1\r\n");
  begun.socket.end();
  await begun.ended();
  assert.deepEqual(begun.statuses, [400]);
  const silent = new RawClient(t, port);
  silent.socket.end();
  await silent.ended();
  assert.equal(silent.received, "");
});

test("after the last response a client that goes on sending is cut, whatever it sends", async (t) => {
  const { port, open } = await startHttp1(t, (_, response) => respond(response));
  const client = new RawClient(t, port).send(`GARBAGE\r\n\r\n`);
  const timer = setInterval(() => client.socket.writable && client.send(GET), 20);
  t.after(() => clearInterval(timer));
  await client.until(({ statuses }) => statuses.length === 1);
  await eventually(() => open.size === 0);
  assert.deepEqual(client.statuses, [400]);
});

test("an exception ends its own connection, and no other", async (t) => {
  const { port, failures } = await startHttp1(t, (request, response) => {
    if (request.url === "/throws") throw new Error("a mistake");
    respond(response);
  });
  const other = new RawClient(t, port).send(GET);
  const client = new RawClient(t, port).send(GET.replace("/", "/throws"));
  await client.ended();
  assert.equal(client.received, "");
  assert.match(String(failures), /a mistake/);
  other.send(GET);
  await other.until(({ statuses }) => statuses.length === 2);
});

test("a draining server closes idle connections, and serves those whose request is due", async (t) => {
  const { port, waiting, http1 } = await held(t);
  const [idle, busy] = [new RawClient(t, port).send(GET), new RawClient(t, port)];
  await eventually(() => waiting.length === 1);
  if (waiting[0]) respond(waiting[0].response);
  await idle.until(({ statuses }) => statuses.length === 1);
  busy.send(GET);
  await eventually(() => waiting.length === 2);
  http1.closeIdle();
  await idle.ended();
  if (waiting[1]) respond(waiting[1].response);
  await busy.until(({ statuses }) => statuses.length === 1);
});

test("a malformed chunk behind a response that has begun breaks the connection", async (t) => {
  const { port, waiting } = await held(t);
  const head = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
  const client = new RawClient(t, port).send(`${head}1\r\nx\r\n`);
  await eventually(() => waiting.length === 1);
  waiting[0]?.response.writeHead(200, []);
  waiting[0]?.response.flush();
  client.send("no size\r\n");
  await client.ended();
  assert.ok(!client.received.endsWith("\r\n0\r\n\r\n"));
});

test("a body of thousands of tiny chunks arrives whole, and so does the request behind it", async (t) => {
  const { port } = await startHttp1(t, (request, response) => {
    let bytes = 0;
    request.body?.on("data", (piece: Buffer) => {
      bytes += piece.length;
    });
    if (request.body === undefined) respond(response);
    else request.body.on("end", () => respond(response, String(bytes)));
  });
  const head = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunks = "1\r\nx\r\n".repeat(5000);
  const client = new RawClient(t, port).send(`${head}${chunks}0\r\n\r\n${GET}`);
  await client.until(({ statuses }) => statuses.length === 2);
  assert.match(client.received, /\r\n\r\n5000HTTP/);
});
