import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runEdge, startUpstream } from "../testing/edge.ts";

const CONNECTIONS = 200;
/** Bytes of fields that no one needs, within what a head may have. */
const PADDING = 30_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function heapUsed(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    await pause(20);
    collect();
  }
  return process.memoryUsage().heapUsed;
}

test("an open connection does not keep the head of its last request in memory", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, r) => r.end("page"), undefined);
  const { ports } = await runEdge(t, upstream, {});
  const open: Socket[] = [];
  t.after(() => {
    for (const socket of open) socket.destroy();
  });
  const ask = async (padding: number) => {
    const socket = connect(ports.http, "127.0.0.1");
    open.push(socket);
    const pads = [1, 2, 3, 4].map((pad) => `X-${pad}: ${"x".repeat(padding / 4)}\r\n`).join("");
    const host = "Host: www.a-name-of-some-length.example";
    socket.write(`GET /assets/none.css HTTP/1.1\r\n${host}\r\n${pads}\r\n`);
    await once(socket, "data");
    socket.removeAllListeners().resume();
  };
  for (let count = 0; count < 20; count++) await ask(0);
  const before = await heapUsed();
  for (let count = 0; count < CONNECTIONS; count++) await ask(PADDING);
  const each = Math.round(((await heapUsed()) - before) / CONNECTIONS);
  assert.ok(each < PADDING / 2, `${each} bytes each`);
});
