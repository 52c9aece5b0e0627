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

test("a connection that asked nothing yet has its moment, then it is closed", async () => {
  const { server, connections, client } = await listening();
  await once(server, "connection");
  const ended = connections.end(300);
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200/);
  await ended;
  server.close();
});
