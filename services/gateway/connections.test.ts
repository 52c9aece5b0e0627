import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { Connections } from "./connections.ts";

async function listening() {
  const server = createServer((_, response) => response.end("done")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, connections: new Connections(server), client: connect(port, "127.0.0.1") };
}

test("a WebSocket is closed with 1001, and cut when its client does not answer", async () => {
  const { server, connections, client } = await listening();
  server.on("upgrade", (_, socket) => {
    connections.upgraded(socket);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  });
  client.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  await once(client, "data");
  const frame = once(client, "data");
  const ended = connections.end(0);
  assert.deepEqual([...(await frame)[0]], [0x88, 0x02, 0x03, 0xe9]);
  await ended;
  assert.equal(connections.count, 0);
  server.close();
});

test("a connection that asked nothing yet has its moment, then it is closed", async () => {
  const { server, connections, client } = await listening();
  await once(server, "connection");
  const ended = connections.end(300);
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200/);
  await ended;
  server.close();
});
