import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";
import { spareTime } from "../limits/spare-time.ts";
import { isFree, occupyTurns } from "../testing/spare-time.ts";
import { Handshakes } from "./handshakes.ts";

/** Milliseconds that a handshake takes here: more than a turn has for them. */
const COST = 3;

/** A server whose connections wait; each names its client by the order in which it was opened. */
async function start(t: TestContext, timeout = 60_000) {
  const begun: string[] = [];
  const turns: number[] = [];
  const handshakes = new Handshakes(timeout, (socket) => {
    const began = performance.now();
    // TLS has a listener of its own for them.
    socket.on("error", () => undefined);
    begun.push(String(socket.read()));
    turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1;
    while (performance.now() - began < COST);
  });
  const clients: string[] = [];
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    handshakes.take(socket, clients.shift() ?? "none");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const open: Socket[] = [];
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const dial = async (client: string) => {
    clients.push(client);
    const waiting = handshakes.waiting;
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    open.push(socket);
    await until(() => handshakes.waiting > waiting);
    return socket;
  };
  return { handshakes, begun, turns, accepted, dial };
}

async function until(satisfied: () => boolean, turn = () => {}): Promise<void> {
  const since = performance.now();
  while (!satisfied()) {
    if (isLate(since, 10_000)) throw new Error("too late");
    turn();
    await new Promise(setImmediate);
  }
}

test("who begins one handshake does not wait for one who begins fifty, and a turn begins few", async (t) => {
  const { begun, turns, dial } = await start(t);
  const sockets: [Socket, string][] = [];
  for (let count = 0; count < 50; count++) sockets.push([await dial("greedy"), "greedy"]);
  sockets.push([await dial("quiet"), "quiet"]);
  for (const [socket, name] of sockets) socket.write(name);
  await until(
    () => begun.length === 51,
    () => turns.push(0),
  );
  const position = begun.indexOf("quiet");
  assert.ok(position >= 0 && position <= 4, `it was number ${position} of 51`);
  const most = Math.max(...turns);
  assert.ok(most <= 20, `${most} began in one turn`);
});

test("the handshakes of one client leave every second turn to the work of another client", async (t) => {
  const { begun, dial } = await start(t);
  const sockets: Socket[] = [];
  for (let count = 0; count < 50; count++) sockets.push(await dial("greedy"));
  for (const socket of sockets) socket.write("greedy");
  await until(() => begun.length > 0);
  const before = begun.length;
  // Each waits for a turn of its own, as the requests of a page do.
  for (let count = 0; count < 10; count++) {
    await new Promise<void>((turn) => spareTime.later(turn, "quiet"));
  }
  const meanwhile = begun.length - before;
  assert.ok(meanwhile <= 20, `${meanwhile} were begun meanwhile`);
});

test("a connection that sends nothing is closed in time, and none that closes is left", async (t) => {
  const { handshakes, begun, dial } = await start(t, 200);
  const [silent, ended, reset] = [await dial("a"), await dial("a"), await dial("a")];
  assert.equal(handshakes.waiting, 3);
  ended.end();
  reset.resetAndDestroy();
  await until(() => handshakes.waiting === 1);
  await once(silent.resume(), "close");
  await until(() => handshakes.waiting === 0);
  assert.deepEqual(begun, []);
});

test("one that leaves while it waits costs no handshake, and takes no other's turn", async (t) => {
  const { handshakes, begun, dial } = await start(t);
  const [first, second, third] = [await dial("a"), await dial("a"), await dial("a")];
  for (const [socket, name] of [
    [first, "first"],
    [second, "second"],
    [third, "third"],
  ] as const) {
    socket.write(name);
  }
  second.resetAndDestroy();
  await until(() => handshakes.waiting === 0);
  assert.deepEqual([begun.at(0), begun.at(-1)], ["first", "third"]);
});

test("one that leaves while it waits has no turn", async (t) => {
  const { handshakes, begun, accepted, dial } = await start(t);
  const sockets = [await dial("a"), await dial("a"), await dial("a")];
  // Those who leave are noticed in a few turns.
  occupyTurns(40);
  for (const socket of sockets) socket.write("a");
  await until(() => accepted.every(({ readableLength }) => readableLength > 0));
  for (const socket of sockets) socket.resetAndDestroy();
  await until(() => handshakes.waiting === 0);
  assert.ok(await isFree("a"));
  assert.deepEqual(begun, []);
});

test("at the drain a connection that sends nothing ends soon, and one whose ClientHello comes then does not", async (t) => {
  const { handshakes, begun, dial } = await start(t);
  const [silent, late] = [await dial("a"), await dial("a")];
  const closed = once(silent.resume(), "close");
  handshakes.drain();
  late.write("late");
  await closed;
  await until(() => handshakes.waiting === 0);
  assert.deepEqual([begun, late.destroyed], [["late"], false]);
});
