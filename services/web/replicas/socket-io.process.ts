import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate, stretched } from "@gatehouse/telemetry/testing";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import {
  eventually,
  runEdge,
  startNameServer,
  startUpstream,
  type Upstream,
} from "../testing/edge.ts";

interface Client {
  readonly socket: Socket;
  replica: string;
  readonly problems: string[];
}

/** An edge with the usual site, in front of replicas that are Socket.IO servers without an adapter. */
async function start(t: TestContext, count: number) {
  const replicas: Upstream[] = [];
  const servers: Server[] = [];
  for (let at = 0; at < count; at++) {
    const address = `127.0.0.${at + 2}`;
    const replica = await startUpstream(
      t,
      address,
      (_, response) => response.end("x"),
      replicas[0],
    );
    const server = new Server(replica.site);
    server.on("connection", (socket) => {
      socket.emit("replica", address);
      socket.on("echo", (value, done) => done(value));
    });
    servers.push(server);
    t.after(() => server.close());
    replicas.push(replica);
  }
  const [first] = replicas;
  assert.ok(first);
  const addresses = replicas.map(({ address }) => address);
  const nameServer = await startNameServer(t, addresses);
  const settings = { upstream: `app:${first.port}`, nameServer, trustedProxies: ["127.0.0.1"] };
  const { edge, ports } = await runEdge(t, first, { ...settings, checkInterval: 1000 });
  const states = async () => edge.status().replicas.map(({ state }) => state);
  await eventually(states, (all) => all.length === count && all.every((each) => each === "ready"));
  return { replicas, servers, url: `http://127.0.0.1:${ports.http}` };
}

function connectFrom(t: TestContext, url: string, address: string): Client {
  const options = { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
  const socket = io(url, { ...options, extraHeaders: { "X-Forwarded-For": address } });
  const client: Client = { socket, replica: "", problems: [] };
  socket
    .on("replica", (replica) => {
      client.replica = replica;
    })
    .on("connect_error", ({ message }) => client.problems.push(message))
    .on("disconnect", (reason) => client.problems.push(reason));
  t.after(() => socket.close());
  return client;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const since = performance.now();
  while (!holds()) {
    if (isLate(since, 20_000)) throw new Error(`not in time: ${what}`);
    await pause(20);
  }
}

test("Socket.IO works behind the usual site with three replicas, and survives the loss of one", async (t) => {
  const { replicas, servers, url } = await start(t, 3);
  const clients = Array.from({ length: 24 }, (_, at) => connectFrom(t, url, `198.51.100.${at}`));
  const transports = () => clients.map(({ socket }) => socket.io.engine?.transport.name);
  await until("all use websocket", () => transports().every((name) => name === "websocket"));
  assert.deepEqual(
    clients.flatMap(({ problems }) => problems),
    [],
  );
  assert.equal(new Set(clients.map(({ replica }) => replica)).size, 3);
  const [, , lost] = replicas;
  const rest = clients.filter(({ replica }) => replica !== lost?.address);
  // Of a server that closes, its WebSockets stay.
  lost?.close();
  servers[2]?.engine.close();
  await until("all are at the others", () => {
    return clients.every(({ socket, replica }) => socket.connected && replica !== lost?.address);
  });
  const replies = clients.map(({ socket }) =>
    socket.timeout(stretched(10_000)).emitWithAck("echo", 1),
  );
  assert.deepEqual(
    await Promise.all(replies),
    clients.map(() => 1),
  );
  assert.deepEqual(
    rest.flatMap(({ problems }) => problems),
    [],
  );
});
