import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { feed } from "@gatehouse/http/corpus";
import { RequestGuard } from "./index.ts";

const limits = {
  ...{ line: 4094, field: 8190, fields: 100, body: 0 },
  ...{ headersTimeout: 10_000, bodyMinRate: 0, bodyRateWindow: 1000 },
};

async function guarded(t: TestContext): Promise<number> {
  const guard = new RequestGuard(limits, () => []);
  const server = createServer(guard.serverOptions, (request, response) => {
    const refused = ({ status }: { status: number }) => response.writeHead(status).end();
    if (guard.ignores(request)) return;
    if (guard.admit(request, response, refused)) response.end(request.url);
  });
  server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  guard.attach(server, { takesUpgrade: () => true, continues: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test("an upgrade is let in by the same rules as a request", async (t) => {
  const url = `http://127.0.0.1:${await guarded(t)}`;
  const ask = async (first: string, host: string) => {
    const head = `${first}GET /chat HTTP/1.1\r\nHost: ${host}\r\n`;
    return feed(url, [`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`]);
  };
  assert.deepEqual((await ask("", "a.example")).answers, [101]);
  assert.deepEqual((await ask("", "a.example, b.example")).answers, [400]);
  assert.deepEqual((await ask("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "a.example")).answers, [400]);
});

test("a client that goes on sending after its last answer is not reset, and not listened to", async (t) => {
  const client = connect({ port: await guarded(t), host: "127.0.0.1", allowHalfOpen: true });
  let heard = "";
  client.on("data", (chunk) => {
    heard += chunk;
  });
  client.write("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await once(client, "end");
  assert.match(heard, /\r\n\r\n\/last$/);
  const broken = once(client, "error");
  for (let turn = 0; turn < 20; turn++) {
    client.write("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    await Promise.race([pause(10), broken.then(([error]) => assert.fail(error))]);
  }
  client.destroy();
});
