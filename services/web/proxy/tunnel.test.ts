import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startNameServer, startUpstream } from "../testing/edge.ts";
import { makeCertificate } from "../testing/https.ts";
import { response, routed, stalled } from "../testing/upstream.ts";
import { Tunnel } from "./tunnel.ts";

const HANDSHAKE =
  "GET /live HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/** Ends a test's tunnels soon. */
const SOON = { gracefulTimeout: 50 };
const TAKEN =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

type Take = (socket: Socket, request: IncomingMessage, head: Buffer) => void;

/** An edge in front of a gateway that takes upgrades as `take` does. */
async function start(t: TestContext, take: Take, changes: Partial<WebSettings> = SOON) {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => response.end("page"),
    undefined,
  );
  upstream.site.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    t.after(() => socket.destroy());
    take(socket as Socket, request, head);
  });
  const edge = await runEdge(t, upstream, changes);
  return { upstream, edge };
}

function takeAndEcho(socket: Socket): void {
  socket.write(TAKEN);
  socket.pipe(socket);
}

/** A client that has sent a WebSocket handshake, and what it received so far. */
async function dial(t: TestContext, port: number, bytes = HANDSHAKE) {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  t.after(() => socket.destroy());
  let text = "";
  socket.on("data", (piece) => {
    text += piece.toString("latin1");
  });
  socket.write(bytes);
  const until = (satisfies: (text: string) => boolean) => eventually(async () => text, satisfies);
  return { socket, until };
}

test("a WebSocket that has closed is no load of its replica any more", async (t) => {
  const { edge } = await start(t, takeAndEcho);
  const inFlight = async () => edge.edge.status().replicas[0]?.inFlight;
  const { socket, until } = await dial(t, edge.ports.http);
  await until((text) => text.startsWith("HTTP/1.1 101 "));
  assert.equal(await inFlight(), 1);
  socket.destroy();
  await eventually(inFlight, (count) => count === 0);
});

test("a client that has left before its WebSocket is open leaves no connection to the replica", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const [client, replica] = await Promise.all(
    [0, 1].map(async () => {
      const socket = connect(upstream.port, "127.0.0.2");
      await once(socket, "connect");
      return socket;
    }),
  );
  assert.ok(client && replica);
  client.destroy();
  await once(client, "close");
  const closed = new Promise<void>((resolve) => {
    new Tunnel(client, replica, 60_000, resolve).start();
  });
  assert.equal(replica.destroyed, true);
  await closed;
});

test("a WebSocket is tunnelled both ways, with what was sent together with the handshake", async (t) => {
  let seen: IncomingMessage["headers"] = {};
  const { edge } = await start(t, (socket, request, head) => {
    seen = request.headers;
    socket.write(`${TAKEN}early `);
    socket.write(head);
    socket.pipe(socket);
  });
  const { socket, until } = await dial(t, edge.ports.http, `${HANDSHAKE}with-it `);
  await until((text) => text.endsWith("early with-it "));
  socket.write("later");
  const text = await until((text) => text.endsWith("later"));
  assert.match(text, /^HTTP\/1\.1 101 /);
  assert.match(text, /^Upgrade: websocket\r$/m);
  assert.match(text, /^X-Request-ID: [0-9a-f-]{36}\r$/m);
  assert.equal(seen["sec-websocket-key"], "dGhlIHNhbXBsZSBub25jZQ==");
  assert.equal(seen["x-forwarded-for"], "127.0.0.1");
});

test("a WebSocket is tunnelled over TLS as well, beside HTTP/2", async (t) => {
  const { ca, settings } = await makeCertificate(t);
  const { edge } = await start(t, takeAndEcho, { ...SOON, https: "serve", ...settings });
  const socket = connectTls({ port: edge.ports.https, host: "127.0.0.1", ca });
  t.after(() => socket.destroy());
  let text = "";
  socket.on("data", (piece) => {
    text += piece;
  });
  socket.write(`${HANDSHAKE}echoed`);
  await eventually(
    async () => text,
    (received) => /^HTTP\/1\.1 101 /.test(received) && received.endsWith("echoed"),
  );
});

test("the end of one direction is passed on while the other one is still open", async (t) => {
  const { edge } = await start(t, (socket) => {
    socket.write(TAKEN);
    let received = "";
    socket.on("data", (piece) => {
      received += piece;
    });
    socket.on("end", () => socket.end(`received ${received}`));
  });
  const { socket, until } = await dial(t, edge.ports.http);
  await until((text) => text.includes("\r\n\r\n"));
  socket.end("all of it");
  await until((text) => text.endsWith("received all of it"));
});

test("a slow reader slows the writer at the other end", async (t) => {
  const flood = Buffer.alloc(64 * 1024, "x");
  let written = 0;
  const { edge } = await start(t, (socket) => {
    socket.write(TAKEN);
    const more = () => {
      while (written < 256 * 1024 ** 2) {
        written += flood.length;
        if (!socket.write(flood)) return;
      }
    };
    socket.on("drain", more);
    more();
  });
  const { socket } = await dial(t, edge.ports.http);
  await once(socket, "data");
  socket.pause();
  await stalled(() => written);
  // Two connections: to the edge, and to the client.
  assert.ok(written < 2 * SOCKET_BUFFERS + 16 * 1024 ** 2, `${written} bytes were taken`);
});

test("the response of an application that refuses a WebSocket is passed on", async (t) => {
  const { edge } = await start(t, (socket) => {
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  });
  const { socket, until } = await dial(t, edge.ports.http);
  const closed = once(socket, "end");
  const text = await until((text) => text.endsWith("\r\n\r\nno"));
  assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(text, /^Connection: close\r$/m);
  await closed;
});

test("an application that falls silent while it refuses a WebSocket is cut off", async (t) => {
  const { edge } = await start(
    t,
    (socket) => socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 200\r\n\r\nbut"),
    { ...SOON, upstreamSilence: 100 },
  );
  const { socket, until } = await dial(t, edge.ports.http);
  const closed = once(socket, "close");
  socket.on("error", () => undefined).on("end", () => socket.end());
  await until((text) => text.endsWith("\r\n\r\nbut"));
  await closed;
});

test("a refusal of a WebSocket is passed on where the route gives a response any time", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, r) => r.end(), undefined);
  upstream.site.on("upgrade", (_, socket) =>
    socket.end(response("no").replace("200 OK", "403 No")),
  );
  const anyTime = { timeouts: { betweenBytes: Number.POSITIVE_INFINITY } };
  const edge = await runEdge(t, upstream, SOON, routed(anyTime));
  const { until } = await dial(t, edge.ports.http);
  assert.match(await until((text) => text.endsWith("\r\n\r\nno")), /^HTTP\/1\.1 403 /);
});

test("a WebSocket to a replica that cannot be reached is 502 with the error page", async (t) => {
  const { upstream, edge } = await start(t, () => undefined);
  upstream.close();
  const { socket, until } = await dial(t, edge.ports.http);
  const closed = once(socket, "end");
  await until((text) => /^HTTP\/1\.1 502 /.test(text) && text.includes("</html>"));
  await closed;
});

test("a handshake is sent once, even where another replica could take it", async (t) => {
  const handshakes: string[] = [];
  const { upstream } = await start(t, () => undefined);
  const other = await startUpstream(t, "127.0.0.3", (_, response) => response.end(), upstream);
  for (const { site, address } of [upstream, other]) {
    site.removeAllListeners("upgrade").on("upgrade", (_, socket) => {
      handshakes.push(address);
      socket.destroy();
    });
  }
  const nameServer = await startNameServer(t, [upstream.address, other.address]);
  const settings = { ...SOON, nameServer, upstream: `app.test:${upstream.port}` };
  const { edge, ports } = await runEdge(t, upstream, settings);
  await eventually(
    async () => edge.status().replicas.filter(({ state }) => state === "ready").length,
    (ready) => ready === 2,
  );
  const { until } = await dial(t, ports.http);
  await until((text) => text.startsWith("HTTP/1.1 502 "));
  assert.equal(handshakes.length, 1, String(handshakes));
});

test("a handshake goes to another replica where the first one cannot be reached", async (t) => {
  const { upstream } = await start(t, takeAndEcho);
  const gone = await startUpstream(t, "127.0.0.3", (_, response) => response.end(), upstream);
  // It is ready, but takes no connection.
  gone.site.close();
  const nameServer = await startNameServer(t, [upstream.address, gone.address]);
  const settings = { ...SOON, nameServer, upstream: `app.test:${upstream.port}` };
  const { ports } = await runEdge(t, upstream, settings);
  for (let client = 0; client < 8; client++) {
    const { until } = await dial(t, ports.http);
    await until((text) => text.startsWith("HTTP/1.1 101 "));
  }
});

test("an upgrade to something else, or one with a body, is a plain request", async (t) => {
  const { edge } = await start(t, (socket) => socket.end(`${TAKEN}taken`));
  for (const [from, to] of [
    ["Upgrade: websocket", "Upgrade: h2c"],
    ["GET /live", "POST /live"],
    ["Upgrade: websocket", "Upgrade: websocket\r\nContent-Length: 0"],
    ["HTTP/1.1\r\nHost", "HTTP/1.0\r\nHost"],
  ] as const) {
    const { until } = await dial(t, edge.ports.http, HANDSHAKE.replace(from, to));
    const text = await until((text) => text.endsWith("page"));
    assert.match(text, /^HTTP\/1\.1 200 /, to);
  }
});

test("a response that upgrades to something else than a WebSocket is 502", async (t) => {
  const { edge } = await start(t, (socket) => socket.end(TAKEN.replace("websocket", "h2c")));
  const { until } = await dial(t, edge.ports.http);
  await until((text) => text.startsWith("HTTP/1.1 502 "));
});

test("a tunnel counts as in flight and outlives the edge's stop until the graceful time ends", async (t) => {
  const { edge } = await start(t, takeAndEcho, {
    gracefulTimeout: 500,
  });
  const { socket, until } = await dial(t, edge.ports.http);
  await until((text) => text.includes("\r\n\r\n"));
  assert.equal(edge.edge.status().replicas[0]?.inFlight, 1);
  const ended = once(socket, "end");
  const stopped = edge.stop();
  socket.write("still here");
  await until((text) => text.endsWith("still here"));
  await ended;
  socket.end();
  await stopped;
});

test("a silent tunnel is closed after its time", async (t) => {
  const { edge } = await start(t, (socket) => void socket.write(TAKEN), {
    ...SOON,
    tunnelIdle: 200,
  });
  const { socket } = await dial(t, edge.ports.http);
  await once(socket, "end");
});

test("when either side breaks off, the other one is closed", async (t) => {
  const taken: Socket[] = [];
  const { edge } = await start(t, (socket) => {
    socket.write(TAKEN);
    taken.push(socket);
  });
  const first = await dial(t, edge.ports.http);
  await first.until((text) => text.includes("\r\n\r\n"));
  const ended = once(first.socket, "end");
  taken[0]?.resetAndDestroy();
  await ended;
  const second = await dial(t, edge.ports.http);
  await second.until((text) => text.includes("\r\n\r\n"));
  const left = taken[1] && once(taken[1].resume(), "end");
  second.socket.resetAndDestroy();
  await left;
});
