import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { feed } from "@gatehouse/http/corpus";
import { RequestGuard } from "./index.ts";

const limits = {
  ...{ line: 4094, field: 8190, fields: 100, body: 0 },
  ...{ headersTimeout: 10_000, bodyMinRate: 0, bodyRateWindow: 1000 },
};

test("an upgrade is let in by the same rules as a request", async (t) => {
  const guard = new RequestGuard(limits, () => []);
  const server = createServer(guard.serverOptions, (request, response) => {
    const refused = ({ status }: { status: number }) => response.writeHead(status).end();
    if (!guard.ignores(request)) guard.admit(request, response, refused);
  });
  server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  guard.attach(server, { takesUpgrade: () => true, continues: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (first: string, host: string) => {
    const head = `${first}GET /chat HTTP/1.1\r\nHost: ${host}\r\n`;
    return feed(url, [`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`]);
  };
  assert.deepEqual((await ask("", "a.example")).answers, [101]);
  assert.deepEqual((await ask("", "a.example, b.example")).answers, [400]);
  assert.deepEqual((await ask("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "a.example")).answers, [400]);
});
