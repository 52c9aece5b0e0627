import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { webSettings } from "../settings.ts";
import { Ledger } from "./ledger.ts";
import { LimitLog } from "./limit-log.ts";
import { Precedence } from "./precedence.ts";

function clock() {
  let now = 1000;
  const precedence = new Precedence(() => now);
  const begin = (client: string, times: number, alone = false) =>
    Array.from({ length: times }, () => precedence.begin(client, alone)).filter(Boolean).length;
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { begin, pass };
}

test("a client that is alone never yields, however many requests it begins", () => {
  const { begin, pass } = clock();
  for (let window = 0; window < 5; window++) {
    assert.equal(begin("a", 1000), 0);
    pass(100);
  }
});

test("a client that is alone yields where that is wanted, as long as it begins many", () => {
  const { begin, pass } = clock();
  assert.equal(begin("a", 1000, true), 984);
  pass(100);
  assert.equal(begin("a", 16, true), 0);
});

test("beside another client the one with many requests yields, and that with few does not", () => {
  const { begin } = clock();
  begin("quiet", 1);
  assert.equal(begin("greedy", 1000), 984);
  assert.equal(begin("quiet", 15), 0);
});

test("a client that comes once in a while has precedence in the window after, too", () => {
  const { begin, pass } = clock();
  begin("quiet", 1);
  begin("greedy", 1000);
  pass(100);
  assert.equal(begin("greedy", 100), 84);
  pass(100);
  assert.equal(begin("greedy", 1000), 0, "it is alone by now");
});

test("what was long ago does not count", () => {
  const { begin, pass } = clock();
  begin("quiet", 1);
  begin("greedy", 1);
  pass(1000);
  assert.equal(begin("greedy", 1000), 0);
});

/** Sockets that a server has accepted, each from a client of this address. */
async function accepted(t: TestContext, addresses: readonly string[]): Promise<Socket[]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  for (const localAddress of addresses) {
    const client = connect({ port, host: "127.0.0.1", localAddress });
    const [socket]: Socket[] = await once(server, "connection");
    if (socket !== undefined) sockets.push(socket);
    t.after(() => {
      client.destroy();
      socket?.destroy();
    });
  }
  t.after(() => server.close());
  return sockets;
}

test("a trusted proxy, whose connection has the requests of many clients, does not yield", async (t) => {
  const rows = Object.entries(webSettings.rows).map(([name, row]) => [name, row.default]);
  const settings = { ...Object.fromEntries(rows), trustedProxies: ["127.0.0.8"] };
  const ledger = new Ledger(settings, new LimitLog(console, false));
  const [quiet, proxy, greedy] = await accepted(t, ["127.0.0.1", "127.0.0.8", "127.0.0.9"]);
  assert.ok(quiet && proxy && greedy);
  for (const socket of [quiet, proxy, greedy]) ledger.admit(socket, false, true);
  const yielding = (socket: Socket, times: number) =>
    Array.from({ length: times }, () => ledger.yields(socket, false)).filter(Boolean).length;
  assert.equal(yielding(quiet, 1), 0);
  assert.equal(yielding(proxy, 1000), 0);
  assert.equal(ledger.clientOf(proxy), undefined, "it has no turns of its own");
  assert.ok(yielding(greedy, 1000) > 0);
});
