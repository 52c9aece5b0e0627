import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import type { Site } from "../site/site.ts";
import { eventually, runEdge, startNameServer, startUpstream } from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

/** An application that does to some requests what some applications do to single clients. */
function application(request: IncomingMessage, response: ServerResponse): void {
  const { socket, url } = request;
  if (url === "/destroyed") socket.destroy();
  else if (url === "/reset") socket.resetAndDestroy();
  else if (url === "/malformed") socket.end("no response of HTTP\r\n\r\n");
  else if (url === "/half")
    response.writeHead(200, { "content-length": 9 }).write("half", () => socket.destroy());
  else if (url !== "/silent") response.end("well");
}

/** Without the cache; only /silent has a short timeout. */
function site(): Site {
  const { routes, ...others } = routed({ cache: false })();
  const short = { prefix: "/silent", timeouts: { firstByte: 200 } };
  return { ...others, routes: routes.flatMap((route) => [route, { ...route, ...short }]) };
}

async function start(t: TestContext, changes: Partial<WebSettings>) {
  const upstream = await startUpstream(t, "127.0.0.2", application, undefined);
  upstream.site.on("upgrade", (_, socket) => socket.destroy());
  const { edge, ports } = await runEdge(t, upstream, changes, site);
  const url = `http://127.0.0.1:${ports.http}`;
  const circuits = () => edge.status().replicas.map(({ circuit }) => circuit);
  await eventually(
    async () => edge.status().replicas[0]?.state,
    (state) => state === "ready",
  );
  const status = async (path: string, method = "GET") => {
    try {
      const got = await fetch(url + path, { method });
      await got.text();
      return got.status;
    } catch {
      return "broken";
    }
  };
  return { upstream, edge, ports, circuits, status };
}

const HANDSHAKE =
  "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

type Started = Awaited<ReturnType<typeof start>>;

const drops: [string, (started: Started) => Promise<unknown>, unknown][] = [
  ["destroys the connections of GETs", ({ status }) => status("/destroyed"), 502],
  ["destroys the connections of POSTs", ({ status }) => status("/destroyed", "POST"), 502],
  ["resets connections", ({ status }) => status("/reset", "POST"), 502],
  ["sends malformed responses", ({ status }) => status("/malformed"), 502],
  ["breaks responses off", ({ status }) => status("/half"), "broken"],
  ["does not respond in time", ({ status }) => status("/silent"), 504],
  [
    "refuses WebSockets by closing their connections",
    async ({ ports }) => {
      const socket = connect(ports.http, "127.0.0.1").setEncoding("latin1");
      socket.write(HANDSHAKE);
      const [head] = await once(socket, "data");
      socket.destroy();
      return Number(String(head).slice(9, 12));
    },
    502,
  ],
];
for (const [what, drop, expected] of drops) {
  test(`an application that ${what} takes its replica from no other visitor`, async (t) => {
    const started = await start(t, { circuitOpenFor: 60_000 });
    const dropped = await Promise.all(Array.from({ length: 30 }, () => drop(started)));
    assert.deepEqual(new Set(dropped), new Set([expected]));
    assert.deepEqual(started.circuits(), ["closed"]);
    const visitors = await Promise.all(Array.from({ length: 30 }, () => started.status("/")));
    assert.deepEqual(new Set(visitors), new Set([200]));
  });
}

/** A replica that responds to nothing as long as `silent`. */
async function startSilent(t: TestContext, address: string, like?: Started["upstream"]) {
  const state = { silent: false, requests: 0 };
  const upstream = await startUpstream(
    t,
    address,
    ({ socket }, response) => {
      state.requests++;
      if (state.silent) socket.destroy();
      else response.end(address);
    },
    like,
  );
  return { state, upstream };
}

/** @param circuitOpenFor also how long a replica is silent before its circuit opens */
async function startTwo(t: TestContext, circuitOpenFor: number) {
  const first = await startSilent(t, "127.0.0.2");
  const second = await startSilent(t, "127.0.0.3", first.upstream);
  const { port } = first.upstream;
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const changes = { nameServer, upstream: `app.test:${port}`, circuitFailures: 3, circuitOpenFor };
  const { edge, ports } = await runEdge(t, first.upstream, changes, routed({ cache: false }));
  const post = async () => {
    const got = await fetch(`http://127.0.0.1:${ports.http}`, { method: "POST" });
    return `${got.status} ${got.status === 200 ? await got.text() : ""}`;
  };
  const circuit = (address: string) =>
    edge.status().replicas.find((replica) => replica.address === address)?.circuit;
  const burst = () => Promise.all(Array.from({ length: 20 }, post));
  await eventually(
    async () => edge.status().replicas,
    (replicas) => replicas.filter(({ state }) => state === "ready").length === 2,
  );
  return { first: first.state, second: second.state, circuit, post, burst };
}

test("a replica that responds to nothing gets one trial at a time while another one is well", async (t) => {
  const openFor = 200;
  const { first, circuit, post, burst } = await startTwo(t, openFor);
  first.silent = true;
  await eventually(post, () => circuit("127.0.0.2") === "open");
  const before = first.requests;
  const began = performance.now();
  const failed = (await burst()).filter((got) => got !== "200 127.0.0.3");
  const trials = first.requests - before;
  const most = Math.ceil((performance.now() - began) / openFor);
  assert.ok(trials <= most, `${trials} of ${most} trials`);
  assert.equal(failed.length, trials);
});

test("with all circuits open the replicas that are ready are tried all the same", async (t) => {
  const { first, second, circuit, post, burst } = await startTwo(t, 200);
  first.silent = true;
  second.silent = true;
  const bothOpen = () => circuit("127.0.0.2") === "open" && circuit("127.0.0.3") === "open";
  await eventually(burst, bothOpen);
  assert.match(await post(), /^502/);
  first.silent = false;
  second.silent = false;
  assert.deepEqual(new Set((await burst()).map((got) => got.slice(0, 3))), new Set(["200"]));
  await eventually(
    burst,
    () => circuit("127.0.0.2") === "closed" && circuit("127.0.0.3") === "closed",
  );
});

test("a replica that was down and is ready again gets a trial at once, and not when its circuit's time is over", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const { edge } = await runEdge(t, upstream, { circuitFailures: 1, circuitOpenFor: 60_000 });
  const seen = async () =>
    edge.status().replicas.map(({ state, circuit }) => `${state} ${circuit}`);
  const until = (wanted: string) => eventually(seen, ([found]) => found === wanted);
  await until("ready closed");
  // As a replica that starts again: for a moment its port is closed, and its admin port has nothing to say.
  upstream.readiness = "gone";
  await until("down closed");
  const { site, port } = upstream;
  site.close().closeAllConnections();
  await once(site, "close");
  assert.equal((await fetch(`http://127.0.0.1:${edge.ports.http}`)).status, 502);
  await until("down open");
  site.listen(port, "127.0.0.2");
  upstream.readiness = "ready";
  await until("ready half-open");
});

test("a replica that refuses connections is not tried for every request, although it says that it is ready", async (t) => {
  const gone = await startSilent(t, "127.0.0.2");
  const second = await startSilent(t, "127.0.0.3", gone.upstream);
  gone.upstream.site.close().closeAllConnections();
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const changes = { nameServer, circuitFailures: 3, circuitOpenFor: 60_000, checkInterval: 60_000 };
  const { edge, ports } = await runEdge(
    t,
    gone.upstream,
    { ...changes, upstream: `app.test:${second.upstream.port}` },
    routed({ cache: false }),
  );
  const statuses: number[] = [];
  for (let request = 0; request < 20; request++) {
    statuses.push((await fetch(`http://127.0.0.1:${ports.http}`, { method: "POST" })).status);
  }
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.equal(
    edge.status().replicas.find(({ address }) => address === "127.0.0.2")?.state,
    "down",
  );
});
