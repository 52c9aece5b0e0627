import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { Connections } from "./connections.ts";

async function listening(keepAlive = 60_000) {
  const server = createServer((_, response) => response.end("done")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    connections: new Connections(server, keepAlive),
    client: connect(port, "127.0.0.1"),
  };
}

test("a new connection may still send its request, then it is closed", async () => {
  const { server, connections, client } = await listening();
  await once(server, "connection");
  const ended = connections.end(stretched(300));
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200/);
  await ended;
  server.close();
});

test("a connection that ends may stay idle for its time, and send a request within it", async (t) => {
  const { server, connections, client } = await listening();
  t.after(() => {
    client.destroy();
    server.close();
  });
  await once(server, "connection");
  const linger = stretched(300);
  const ended = connections.end(linger);
  await new Promise((soon) => setTimeout(soon, linger / 3));
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const response = await Promise.race([once(client, "data"), ended.then(() => ["closed"])]);
  assert.match(String(response[0]), /^HTTP\/1\.1 200/);
  await ended;
});

test("an idle connection stays for its time, counted from its last request, and is closed", async (t) => {
  const keepAlive = stretched(200);
  const { server, client } = await listening(keepAlive);
  t.after(() => {
    client.destroy();
    server.close();
  });
  const began = performance.now();
  let last = began;
  // One request follows another for longer than an idle connection stays.
  while (last - began < 3 * keepAlive) {
    last = performance.now();
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const signal = AbortSignal.timeout(30_000);
    const [response] = await Promise.race([
      once(client, "data", { signal }),
      once(client, "end", { signal }).then(() => ["closed while it was in use"]),
    ]);
    assert.match(String(response), /^HTTP\/1\.1 200/);
  }
  client.resume();
  await once(client, "end", { signal: AbortSignal.timeout(30_000) });
  const stayed = performance.now() - last;
  assert.ok(stayed >= keepAlive, `${stayed} ms`);
});

test("neither a slow response nor an upgraded connection is idle", async () => {
  const keepAlive = stretched(100);
  const { server, client } = await listening(keepAlive);
  server.removeAllListeners("request").on("request", (_, response) => {
    setTimeout(() => response.end("late"), 4 * keepAlive);
  });
  server.on("upgrade", (_, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    setTimeout(() => socket.end("bye"), 4 * keepAlive);
  });
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(String((await once(client, "data"))[0]), /late$/);
  client.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  assert.match(await text(client), /101 Switching Protocols\r\n\r\nbye$/);
  server.close();
});
