import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";

import { elsewhere } from "../testing/two-workers.ts";

async function open(t: TestContext, url: string, address: string) {
  const { WebSocket: Client } = await import("ws");
  const socket = new Client(`${url.replace("http", "ws")}/?EIO=4`, {
    headers: { "X-Forwarded-For": address },
  });
  t.after(() => socket.terminate());
  const [greeting] = await once(socket, "message", {
    signal: AbortSignal.timeout(stretched(10_000)),
  });
  return { socket, greeting: JSON.parse(String(greeting)) };
}

test("a WebSocket passes both ways, with its close; its access line is the other worker's", async (t) => {
  const { gateway, url, client, headers } = await elsewhere(t);
  const address = headers["X-Forwarded-For"];
  const { pid } = await client.json("/?EIO=4", { headers });
  // Connections go to the workers in turn: one of two is not this worker's.
  for (const _ of [1, 2]) {
    const { socket, greeting } = await open(t, url, address);
    assert.deepEqual(greeting, { pid, address: "127.0.0.1" });
    const bytes = randomBytes(3_000_000);
    socket.send(bytes);
    const [echo] = await once(socket, "message", {
      signal: AbortSignal.timeout(stretched(10_000)),
    });
    assert.ok(bytes.equals(echo));
    socket.close(4000, "done");
    const [code] = await once(socket, "close", { signal: AbortSignal.timeout(stretched(10_000)) });
    assert.equal(code, 4000);
  }
  await gateway.line(({ status }) => status === 101, 2);
  const lines = gateway.lines.filter(({ status }) => status === 101);
  assert.deepEqual(
    lines.map((line) => [line.pid, line.client]),
    [
      [pid, address],
      [pid, address],
    ],
  );
});

test("a reload and a drain close WebSockets with 1001, also between two workers", async (t) => {
  const { gateway, url } = await elsewhere(t);
  const sockets = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => open(t, url, `192.0.2.${at}`)));
  const codes = sockets.map(({ socket }) => once(socket, "close").then(([code]) => code));
  gateway.child.kill("SIGHUP");
  assert.deepEqual(
    await Promise.all(codes),
    codes.map(() => 1001),
  );
  await gateway.line(({ message }) => message === "reload done");
  const again = await Promise.all([1, 2, 3, 4].map((at) => open(t, url, `192.0.2.${at}`)));
  const closed = again.map(({ socket }) => once(socket, "close").then(([code]) => code));
  gateway.child.kill("SIGTERM");
  assert.deepEqual(
    await Promise.all(closed),
    closed.map(() => 1001),
  );
  assert.deepEqual(await gateway.exited, [0, null]);
  const left = readdirSync(dirname(gateway.controlSocket));
  assert.deepEqual(
    left.filter((name) => name.startsWith("gateway-workers-")),
    [],
  );
});
