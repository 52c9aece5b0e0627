import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
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

test("a connection that asked nothing yet has its moment, then it is closed", async () => {
  const { server, connections, client } = await listening();
  await once(server, "connection");
  const ended = connections.end(stretched(300));
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200/);
  await ended;
  server.close();
});

test("an idle connection stays for its time, counted from its last answer, and is closed", async () => {
  const keepAlive = stretched(200);
  const { server, client } = await listening(keepAlive);
  const ask = async () => {
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200/);
    return performance.now();
  };
  await ask();
  await pause(keepAlive / 2);
  const answered = await ask();
  client.resume();
  await once(client, "end");
  const stayed = performance.now() - answered;
  assert.ok(stayed >= keepAlive / 2, `${stayed} ms`);
  server.close();
});

test("neither a slow answer nor a connection that was taken over is idle", async () => {
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
  const heard = text(client);
  assert.match(await heard, /101 Switching Protocols\r\n\r\nbye$/);
  server.close();
});
