import assert from "node:assert/strict";
import { once } from "node:events";
import type { Behaviour } from "./behaviour.ts";
import { DEADLINE } from "./client.ts";

export const webSockets: readonly Behaviour[] = [
  {
    name: "a WebSocket echoes text and binary messages",
    async check({ url }) {
      const socket = await connected(url);
      socket.binaryType = "arraybuffer";
      assert.equal(await said(socket, "hello"), "hello");
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
      assert.deepEqual(new Uint8Array((await said(socket, bytes)) as ArrayBuffer), bytes);
      socket.close();
    },
  },
  {
    name: "a WebSocket is closed by either side, with its code",
    async check({ url }) {
      const asked = await connected(url);
      asked.send("close");
      const theirs = await closed(asked);
      assert.deepEqual([theirs.code, theirs.reason, theirs.wasClean], [4000, "as asked", true]);
      const leaving = await connected(url);
      leaving.close(4001);
      const ours = await closed(leaving);
      assert.deepEqual([ours.code, ours.wasClean], [4001, true]);
    },
  },
  {
    // Ends the gateway: the last behaviour that is checked.
    name: "a drain closes a WebSocket with 1001",
    async check({ url, gateway }) {
      const socket = await connected(url);
      assert.equal(await said(socket, "hello"), "hello");
      gateway.child.kill("SIGTERM");
      const { code, wasClean } = await closed(socket);
      assert.deepEqual([code, wasClean], [1001, true]);
      assert.deepEqual(await gateway.exited, [0, null]);
    },
  },
];

async function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket`);
  await once(socket, "open", { signal: AbortSignal.timeout(DEADLINE) });
  return socket;
}

async function said(socket: WebSocket, data: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
  const message = once(socket, "message", { signal: AbortSignal.timeout(DEADLINE) });
  socket.send(data);
  const [event] = await message;
  return event.data;
}

async function closed(socket: WebSocket): Promise<CloseEvent> {
  const [event] = await once(socket, "close", { signal: AbortSignal.timeout(DEADLINE) });
  return event;
}
