import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as breath } from "node:timers/promises";
import { feed } from "@gatehouse/http/corpus";
import { isLate } from "@gatehouse/telemetry/testing";
import { RequestGuard } from "./index.ts";

const limits = {
  ...{ line: 4094, field: 8190, fields: 100, body: 0 },
  // An odd number: half of it is no whole one, which is all that Node takes for its interval.
  ...{ headersTimeout: 9_999, bodyMinRate: 0, bodyRateWindow: 1000 },
};

/** A server behind a guard, its connections, and the targets of the requests that it let in. */
async function guarded(t: TestContext) {
  const connections: Socket[] = [];
  const served: (string | undefined)[] = [];
  const guard = new RequestGuard(limits, () => []);
  const server = createServer(guard.serverOptions, (request, response) => {
    const refused = ({ status }: { status: number }) => response.writeHead(status).end();
    if (guard.ignores(request)) return;
    if (!guard.admit(request, response, refused)) return;
    served.push(request.url);
    response.end(request.url);
  });
  server.on("connection", (socket) => connections.push(socket));
  server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  guard.attach(server, { takesUpgrade: () => true, continues: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { port, connections, served };
}

test("an upgrade is let in by the same rules as a request", async (t) => {
  const url = `http://127.0.0.1:${(await guarded(t)).port}`;
  const ask = async (first: string, host: string) => {
    const head = `${first}GET /chat HTTP/1.1\r\nHost: ${host}\r\n`;
    return feed(url, [`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`]);
  };
  assert.deepEqual((await ask("", "a.example")).answers, [101]);
  assert.deepEqual((await ask("", "a.example, b.example")).answers, [400]);
  assert.deepEqual((await ask("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "a.example")).answers, [400]);
});

for (const [what, first, answer, admitted] of [
  ["its last response", "Host: a\r\nConnection: close", /^HTTP\/1\.1 200 /, ["/last"]],
  ["a refusal", "Host: a, b", /^HTTP\/1\.1 400 /, []],
] as const) {
  test(`a client that goes on sending after ${what} is not reset, and not listened to`, async (t) => {
    const { port, connections, served } = await guarded(t);
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const broken = once(client, "error").then(([error]) => assert.fail(error));
    let heard = "";
    client.on("data", (chunk) => {
      heard += chunk;
    });
    client.write(`GET /last HTTP/1.1\r\n${first}\r\n\r\n`);
    await Promise.race([once(client, "end"), broken]);
    const [connection] = connections;
    assert.ok(connection);
    const began = performance.now();
    for (let turn = 0; turn < 20; turn++) {
      client.write("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
      // A server that had closed would read no more, and reset what comes.
      while (connection.bytesRead < client.bytesWritten) {
        assert.ok(
          !isLate(began, 1000),
          `${connection.bytesRead} of ${client.bytesWritten} bytes read`,
        );
        await Promise.race([breath(), broken]);
      }
    }
    const closed = once(client, "close");
    client.end();
    assert.deepEqual(await Promise.race([closed, broken]), [false]);
    assert.match(heard, answer);
    assert.equal(heard.match(/HTTP\/1\.1 /g)?.length, 1);
    assert.deepEqual(served, admitted);
  });
}
