import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { feed } from "@gatehouse/http/corpus";
import { isLate } from "@gatehouse/telemetry/testing";
import { RequestGuard } from "./index.ts";

const limits = {
  ...{ limitRequestLine: 4094, limitRequestField: 8190 },
  // An odd timeout: half of it is no whole number, and Node takes only whole intervals.
  ...{ limitRequestFields: 100, limitRequestBody: 0 },
  ...{ headersTimeout: 9_999, bodyMinRate: 0, bodyRateWindow: 1000 },
};

/** A guarded server that responds with the target; it records what it admits. */
async function guarded(
  t: TestContext,
  respond = (request: IncomingMessage, response: ServerResponse) => {
    response.end(request.url);
  },
) {
  const guard = new RequestGuard(limits, () => []);
  const admitted: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer(guard.serverOptions, (request, response) => {
    const refused = ({ status }: { status: number }) => response.writeHead(status).end();
    if (guard.ignores(request)) return;
    if (!guard.admit(request, response, refused)) return;
    admitted.push(request.url ?? "");
    respond(request, response);
  });
  server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  server.on("connection", (socket) => sockets.push(socket));
  guard.attach(server, () => true);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, admitted, sockets };
}

test("an upgrade must keep the same rules as a request", async (t) => {
  const url = `http://127.0.0.1:${(await guarded(t)).port}`;
  const send = async (first: string, host: string) => {
    const head = `${first}GET /chat HTTP/1.1\r\nHost: ${host}\r\n`;
    return feed(url, [`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`]);
  };
  assert.deepEqual((await send("", "a.example")).statuses, [101]);
  assert.deepEqual((await send("", "a.example, b.example")).statuses, [400]);
  assert.deepEqual((await send("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "a.example")).statuses, [400]);
});

const LATE = "POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".repeat(20);

for (const [who, fields, closes] of [
  ["the client", "Connection: close\r\n", false],
  // As while the server drains: the parser accepts further requests of the connection.
  ["the server", "", true],
] as const) {
  test(`where ${who} closes after a response, later requests are read and ignored, without a reset`, async (t) => {
    const { port, admitted, sockets } = await guarded(t, (request, response) => {
      if (closes) response.shouldKeepAlive = false;
      response.end(request.url);
    });
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    t.after(() => client.destroy());
    let received = "";
    client.setEncoding("latin1").on("data", (chunk) => {
      received += chunk;
    });
    const first = `GET /last HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
    client.write(first);
    await once(client, "end");
    assert.match(received, /\r\n\r\n\/last$/);
    const failed = once(client, "error").then(([error]) => assert.fail(error));
    client.write(LATE);
    const [socket] = sockets;
    assert.ok(socket);
    // A socket that the server had destroyed would never read them.
    const all = async () => {
      const began = performance.now();
      while (socket.bytesRead < first.length + LATE.length) {
        assert.ok(!isLate(began, 1000), `${socket.bytesRead} bytes read`);
        await nextTurn();
      }
    };
    await Promise.race([all(), failed]);
    assert.deepEqual(admitted, ["/last"]);
  });
}

test("a request that Node parses after its connection has closed is ignored", () => {
  const guard = new RequestGuard(limits, () => []);
  const [open, closed] = [new Socket(), new Socket().destroy()];
  assert.equal(guard.ignores(new IncomingMessage(open)), false);
  assert.equal(guard.ignores(new IncomingMessage(closed)), true);
});

test("an upgrade behind a request whose response is due is a plain request, and all responses end", async (t) => {
  let open = 0;
  const { port, admitted } = await guarded(t, (_, response) => {
    open++;
    response.on("close", () => open--);
    response.writeHead(200).write("an endless response");
  });
  const client = connect(port, "127.0.0.1");
  const upgrade =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  client.write("GET /events HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5) + upgrade);
  await once(client, "data");
  assert.equal(admitted.at(-1), "/chat");
  client.destroy();
  const began = performance.now();
  while (open > 0) {
    assert.ok(!isLate(began, 5000), `${open} responses have not ended`);
    await nextTurn();
  }
});
