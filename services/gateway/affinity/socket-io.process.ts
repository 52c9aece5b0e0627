import assert from "node:assert/strict";
import { Agent } from "node:http";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate, stretched } from "@gatehouse/telemetry/testing";
import { io, type Socket } from "socket.io-client";
import { type GatewayProcess, startGateway, verb } from "../testing/gateway-process.ts";

interface Client {
  readonly socket: Socket;
  /** The worker of its session. */
  pid: number;
  connects: number;
  readonly errors: string[];
  readonly disconnects: string[];
}

/** A client as its documentation has it, from an address of its own. */
function connectFrom(t: TestContext, url: string, address: string, transports?: string[]): Client {
  const agent = new Agent({ localAddress: address });
  const options = { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
  // The type is the browser's: Node's client takes an agent of node:http.
  const own = { agent: agent as unknown as string, ...(transports && { transports }) };
  const socket = io(url, { ...options, ...own });
  const client: Client = { socket, pid: 0, connects: 0, errors: [], disconnects: [] };
  socket
    .on("connect", () => client.connects++)
    .on("pid", (pid) => {
      client.pid = pid;
    })
    .on("connect_error", ({ message }) => client.errors.push(message))
    .on("disconnect", (reason) => client.disconnects.push(reason));
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

async function allEcho(clients: readonly Client[], value: unknown): Promise<void> {
  const replies = clients.map(({ socket }) => {
    return socket.timeout(stretched(10_000)).emitWithAck("echo", value);
  });
  assert.deepEqual(
    await Promise.all(replies),
    clients.map(() => value),
  );
}

const transportOf = ({ socket }: Client) => socket.io.engine?.transport.name;
const start = (t: TestContext, ...flags: string[]) => startGateway(t, "socket-io.ts", ...flags);

async function connected(clients: readonly Client[]): Promise<void> {
  await until("all are connected", () => clients.every(({ pid }) => pid > 0));
}

/** The metric of requests that belong to another worker. */
async function passedOn(gateway: GatewayProcess, result: string): Promise<number> {
  const text = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  const line = new RegExp(`gateway_requests_passed_on_total\\{result="${result}".*\\} (\\d+)`);
  return Number(line.exec(text)?.[1]);
}

for (const workers of [2, 4]) {
  for (const transports of [undefined, ["polling"], ["websocket"]]) {
    const by = transports?.join() ?? "its default transports";
    test(`Socket.IO works by ${by} with ${workers} workers`, async (t) => {
      const gateway = start(t, `--workers=${workers}`);
      const url = await gateway.ready(workers);
      const clients = [1, 2, 3, 4, 5, 6].map((last) => {
        return connectFrom(t, url, `127.0.0.${last}`, transports);
      });
      await connected(clients);
      await allEcho(clients, { text: "ä".repeat(10_000), bytes: [1, 2, 3] });
      const last = transports?.at(-1) ?? "websocket";
      await until(`all use ${last}`, () => clients.every((each) => transportOf(each) === last));
      await allEcho(clients, "again");
      for (const { connects, errors, disconnects } of clients) {
        assert.deepEqual(
          { connects, errors, disconnects },
          { connects: 1, errors: [], disconnects: [] },
        );
      }
      if (transports?.[0] !== "websocket") assert.ok((await passedOn(gateway, "passed")) > 0);
    });
  }
}

test("50 clients from 25 addresses connect at once, spread over all workers", async (t) => {
  const gateway = start(t, "--workers=4");
  const url = await gateway.ready(4);
  const clients = Array.from({ length: 50 }, (_, at) => {
    return connectFrom(t, url, `127.0.0.${1 + (at % 25)}`);
  });
  await connected(clients);
  await allEcho(clients, "hello");
  assert.deepEqual(
    clients.flatMap(({ errors }) => errors),
    [],
  );
  assert.equal(new Set(clients.map(({ pid }) => pid)).size, 4);
  // The same address, the same worker.
  for (const [at, { pid }] of clients.entries()) assert.equal(pid, clients[at % 25]?.pid);
});

test("the clients of a killed worker connect to the others; the rest stay", async (t) => {
  const gateway = start(t, "--workers=4");
  const url = await gateway.ready(4);
  // Polling: their connections are no one worker's, so that only the sessions count.
  const clients = Array.from({ length: 12 }, (_, at) => {
    return connectFrom(t, url, `127.0.0.${1 + at}`, ["polling"]);
  });
  await connected(clients);
  const killed = clients[0]?.pid ?? 0;
  const lost = clients.filter(({ pid }) => pid === killed);
  const rest = clients.filter(({ pid }) => pid !== killed);
  assert.ok(rest.length > 0);
  process.kill(killed, "SIGKILL");
  await until("its clients are back", () =>
    lost.every(({ pid, connects }) => {
      return connects > 1 && pid !== killed;
    }),
  );
  await gateway.ready(5);
  await until("all are connected", () => clients.every(({ socket }) => socket.connected));
  await allEcho(rest, "still here");
  for (const { pid } of rest) assert.notEqual(pid, killed);
});

test("after a reload every client is connected, to a new worker", async (t) => {
  const gateway = start(t, "--workers=2");
  const url = await gateway.ready(2);
  const clients = Array.from({ length: 8 }, (_, at) => connectFrom(t, url, `127.0.0.${1 + at}`));
  await connected(clients);
  await until("all use websocket", () =>
    clients.every((each) => transportOf(each) === "websocket"),
  );
  const before = new Set(clients.map(({ pid }) => pid));
  gateway.child.kill("SIGHUP");
  await gateway.line(({ message }) => message === "reload done");
  await until("all are at new workers", () =>
    clients.every(({ pid, socket }) => socket.connected && !before.has(pid)),
  );
  await allEcho(clients, "after the reload");
  // Once for its session's worker, at most once for the worker that has its connection.
  for (const { disconnects } of clients) assert.ok(disconnects.length <= 2, String(disconnects));
});

test("a drain closes every client's connection, and the gateway exits with 0", async (t) => {
  const gateway = start(t, "--workers=2");
  const url = await gateway.ready(2);
  const clients = Array.from({ length: 8 }, (_, at) => connectFrom(t, url, `127.0.0.${1 + at}`));
  await connected(clients);
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  await until("all know", () => clients.every(({ socket }) => !socket.connected));
});

test("with --affinity=off nothing is passed on", async (t) => {
  const gateway = start(t, "--workers=2", "--affinity=off");
  const url = await gateway.ready(2);
  for (let at = 0; at < 8; at++) {
    await fetch(`${url}/own?EIO=4`, { headers: { connection: "close" } });
  }
  assert.equal(await passedOn(gateway, "passed"), 0);
  assert.equal((await verb(gateway, "status")).code, 0);
});
