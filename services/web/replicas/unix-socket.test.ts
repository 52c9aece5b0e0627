import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

function socketFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sockets-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A gateway whose /readyz names a Unix socket, and which says by what a request came. */
async function startBoth(t: TestContext, folder: string, name: string) {
  const upstream = await startUpstream(t, "127.0.0.2", (_, to) => to.end("tcp"), undefined);
  upstream.admin.removeAllListeners("request").on("request", (_, response) => {
    response.setHeader("X-Gateway-Socket", name).end(`${upstream.readiness}\n`);
  });
  const server = createServer((_, response) => response.end("unix"));
  const listen = async () => {
    server.listen(join(folder, name));
    await once(server, "listening");
  };
  const close = () => void server.close().closeAllConnections();
  t.after(close);
  return { upstream, server, listen, close };
}

type Both = Awaited<ReturnType<typeof startBoth>>;

async function run(t: TestContext, { upstream }: Both, folder: string) {
  const { edge, ports } = await runEdge(
    t,
    upstream,
    { upstreamSockets: folder },
    routed({ cache: false }),
  );
  await eventually(
    async () => edge.status().replicas[0]?.state,
    (state) => state === "ready",
  );
  const over = () => edge.status().replicas[0]?.over;
  const get = async () => await (await fetch(`http://127.0.0.1:${ports.http}/`)).text();
  return { get, over, ports };
}

test("requests go over the Unix socket that a replica's /readyz names", async (t) => {
  const folder = socketFolder(t);
  const both = await startBoth(t, folder, "app-1.sock");
  await both.listen();
  const { get, over } = await run(t, both, folder);
  assert.equal(over(), "unix");
  assert.deepEqual([await get(), await get()], ["unix", "unix"]);
});

test("a WebSocket goes over it too", async (t) => {
  const folder = socketFolder(t);
  const both = await startBoth(t, folder, "app-1.sock");
  const sockets = new WebSocketServer({ server: both.server });
  sockets.on("connection", (socket) => socket.send("unix"));
  await both.listen();
  const { ports } = await run(t, both, folder);
  const client = new WebSocket(`ws://127.0.0.1:${ports.http}/`);
  const [message] = await once(client, "message");
  assert.equal(String(message), "unix");
  client.terminate();
});

test("a socket that is not there costs no request: the address takes over, and WebSockets too", async (t) => {
  const folder = socketFolder(t);
  const both = await startBoth(t, folder, "app-1.sock");
  const sockets = new WebSocketServer({ server: both.upstream.site });
  sockets.on("connection", (socket) => socket.send("tcp"));
  const { get, over, ports } = await run(t, both, folder);
  assert.equal(over(), "unix", "it was not tried yet");
  const client = new WebSocket(`ws://127.0.0.1:${ports.http}/`);
  const [message] = await once(client, "message");
  assert.equal(String(message), "tcp");
  client.terminate();
  assert.deepEqual([await get(), await get(), over()], ["tcp", "tcp", "tcp"]);
});

test("a socket that goes away is left, and requests go on over the address", async (t) => {
  const folder = socketFolder(t);
  const both = await startBoth(t, folder, "app-1.sock");
  await both.listen();
  const { get } = await run(t, both, folder);
  assert.equal(await get(), "unix");
  both.close();
  assert.equal(await get(), "tcp");
});

for (const name of ["../outside.sock", "/etc/passwd.sock", "a/b.sock", ".sock", "no-suffix"]) {
  test(`a name that leads out of the folder is not followed: ${name}`, async (t) => {
    const folder = socketFolder(t);
    const { get, over } = await run(t, await startBoth(t, folder, name), folder);
    // Also before a request has found nothing there.
    assert.deepEqual([over(), await get(), over()], ["tcp", "tcp", "tcp"]);
  });
}

test("without a folder a replica's Unix socket is not used", async (t) => {
  const folder = socketFolder(t);
  const both = await startBoth(t, folder, "app-1.sock");
  await both.listen();
  const { get } = await run(t, both, "");
  assert.equal(await get(), "tcp");
});
