import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";
import { closeInStages, isClosing } from "./closing.ts";

/** Milliseconds for which a client that goes on sending is read. */
const LINGER = 2000;

/** A connection whose server closes it as Node does after the last response, and its client, which never ends. */
async function startClosing(t: TestContext) {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [socket]: Socket[] = await once(server, "connection");
  assert.ok(socket);
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  closeInStages(socket);
  socket.write("the last response");
  socket.destroySoon();
  return { client, socket };
}

test("a client that still sends gets the whole last response, and is read to its end", async (t) => {
  const { client, socket } = await startClosing(t);
  assert.equal(isClosing(socket), true);
  // More than the stream keeps for a reader that does not read.
  client.end(Buffer.alloc(512 * 1024));
  assert.equal(String(Buffer.concat(await client.toArray())), "the last response");
  if (!socket.closed) await once(socket, "close");
  assert.equal(socket.readableEnded, true, "what the client still sent was not read");
});

test("a client that never ends its side is cut after two seconds, and not before", async (t) => {
  const { client, socket } = await startClosing(t);
  client.resume();
  const since = performance.now();
  const late = setInterval(() => {
    if (isLate(since, 4 * LINGER)) socket.emit("error", new Error("the connection stays open"));
  }, 100);
  t.after(() => clearInterval(late));
  await once(socket, "close");
  assert.ok(performance.now() - since >= LINGER - 100);
});
