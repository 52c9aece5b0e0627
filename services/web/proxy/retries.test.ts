import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { Logger } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import {
  eventually,
  runEdge,
  startNameServer,
  startUpstream,
  type Upstream,
} from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

/** Without the cache, where equal requests would wait for each other. */
async function run(t: TestContext, upstream: Upstream, changes: Partial<WebSettings>) {
  const lines: Parameters<Logger["warn"]>[] = [];
  const logger: Logger = { info() {}, warn: (...line) => void lines.push(line), error() {} };
  const { edge, ports } = await runEdge(t, upstream, changes, routed({ cache: false }), logger);
  const url = `http://127.0.0.1:${ports.http}`;
  const get = async (path: string) => {
    const got = await fetch(url + path);
    return `${got.status} ${await got.text()}`;
  };
  const metric = async (name: string) => {
    const text = await (await fetch(`http://127.0.0.1:${ports.admin}/metrics`)).text();
    return Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${name} `))
        ?.split(" ")[1],
    );
  };
  return { edge, url, get, metric, lines };
}

/**
 * A gateway with several workers behind one address: each connection is one worker's. A request for
 * /poison ends its worker, and with it all of its connections; another worker takes its position.
 */
async function startWorkers(
  t: TestContext,
  workers: number,
  host: string,
  like: Upstream | undefined,
) {
  const pool = Array.from({ length: workers }, () => new Set<Socket>());
  const workerOf = new WeakMap<Socket, Set<Socket>>();
  const held: (() => void)[] = [];
  const state = { died: 0, poisons: 0, connections: 0, held };
  const end = (worker: Set<Socket> | undefined) => {
    if (worker === undefined || worker.size === 0) return;
    state.died++;
    for (const each of worker) each.destroy();
    worker.clear();
  };
  const listener = ({ url, socket }: IncomingMessage, response: ServerResponse) => {
    if (url === "/slow") held.push(() => response.end("slow"));
    else if (url !== "/poison") response.end("well");
    else {
      state.poisons++;
      setTimeout(() => socket.destroyed || end(workerOf.get(socket)), 20);
    }
  };
  const upstream = await startUpstream(t, host, listener, like);
  upstream.site.on("connection", (socket: Socket) => {
    const worker = pool[state.connections++ % workers];
    if (worker !== undefined) workerOf.set(socket, worker.add(socket));
  });
  return { upstream, state, endAll: () => pool.forEach(end) };
}

type Workers = Awaited<ReturnType<typeof startWorkers>>;

/** Requests that are in flight in workers, and what they get once they are responded to. */
async function innocents(t: TestContext, get: (path: string) => Promise<string>, all: Workers[]) {
  const count = 6;
  const responses = Promise.all(Array.from({ length: count }, () => get("/slow")));
  const held = () => all.flatMap(({ state }) => state.held);
  await eventually(
    async () => held().length,
    (length) => length === count,
  );
  const respond = () => {
    const timer = setInterval(() => {
      for (const { state } of all) for (const each of state.held.splice(0)) each();
    }, 10);
    t.after(() => clearInterval(timer));
    return responses;
  };
  return { respond };
}

for (const connections of ["kept", "new"] as const) {
  test(`a GET that ends workers ends two at most, and takes no request beside it along (${connections} connections)`, async (t) => {
    const gateway = await startWorkers(t, 2, "127.0.0.2", undefined);
    const { get, metric, lines } = await run(t, gateway.upstream, {});
    if (connections === "kept") await Promise.all(Array.from({ length: 10 }, () => get("/")));
    const { respond } = await innocents(t, get, [gateway]);
    assert.match(await get("/poison"), /^502 /);
    const { poisons, died } = gateway.state;
    assert.ok(poisons <= 2 && died <= 2, `${poisons} times in a worker, ${died} ended`);
    assert.deepEqual(await respond(), Array(6).fill("200 slow"));
    assert.equal(await metric('web_upstream_suspects_total{result="given_up"}'), 1);
    const [line] = lines.filter(([message]) => message === "request given up");
    assert.deepEqual([line?.[1]?.target, line?.[1]?.replicas], ["/poison", ["127.0.0.2"]]);
  });
}

test("a GET that ends workers ends one of each of two replicas, and no third one", async (t) => {
  const first = await startWorkers(t, 3, "127.0.0.2", undefined);
  const all = [first];
  const addresses = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];
  for (const host of addresses.slice(1)) all.push(await startWorkers(t, 3, host, first.upstream));
  const nameServer = await startNameServer(t, addresses);
  const upstream = `app.test:${first.upstream.port}`;
  const { get } = await run(t, first.upstream, { nameServer, upstream });
  await Promise.all(Array.from({ length: 30 }, () => get("/")));
  const { respond } = await innocents(t, get, all);
  assert.match(await get("/poison"), /^502 /);
  assert.deepEqual(all.map(({ state }) => state.poisons).toSorted(), [0, 1, 1]);
  assert.deepEqual(await respond(), Array(6).fill("200 slow"));
});

test("a second GET that ends workers is sent alone too: those beside it lose one worker, and not two", async (t) => {
  const gateway = await startWorkers(t, 1, "127.0.0.2", undefined);
  const { get } = await run(t, gateway.upstream, {});
  const { respond } = await innocents(t, get, [gateway]);
  for (const got of await Promise.all([get("/poison"), get("/poison")])) assert.match(got, /^502 /);
  assert.deepEqual(await respond(), Array(6).fill("200 slow"));
});

for (const method of ["POST", "PATCH"]) {
  test(`a ${method} whose worker ends is not sent again`, async (t) => {
    const { upstream, state } = await startWorkers(t, 2, "127.0.0.2", undefined);
    const { url } = await run(t, upstream, {});
    assert.equal((await fetch(`${url}/poison`, { method })).status, 502);
    assert.equal(state.poisons, 1);
  });
}

test("of many replicas that accept no connection four are tried", async (t) => {
  const first = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const addresses = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 2}`);
  const nameServer = await startNameServer(t, addresses);
  first.close();
  const changes = { nameServer, upstream: `app.test:${first.port}` };
  const { edge, get, metric } = await run(t, first, changes);
  await eventually(
    async () => edge.status().replicas.length,
    (count) => count === 8,
  );
  assert.match(await get("/"), /^502 /);
  assert.equal(await metric("web_upstream_retries_total"), 3);
});

test("a replica that ends all of its workers at once costs no GET that is in flight", async (t) => {
  const first = await startWorkers(t, 2, "127.0.0.2", undefined);
  const second = await startWorkers(t, 2, "127.0.0.3", first.upstream);
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const upstream = `app.test:${first.upstream.port}`;
  const { get } = await run(t, first.upstream, { nameServer, upstream });
  const { respond } = await innocents(t, get, [first, second]);
  first.endAll();
  assert.deepEqual(await respond(), Array(6).fill("200 slow"));
});

test("connections that all replicas close at the moment of a request cost no GET", async (t) => {
  // As at a reload: whatever was kept is closed under its next request.
  const closing = { now: false };
  const used = new WeakSet<Socket>();
  const listener = ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (closing.now && used.has(socket)) socket.destroy();
    else response.end("well");
    used.add(socket);
  };
  const first = await startUpstream(t, "127.0.0.2", listener, undefined);
  await startUpstream(t, "127.0.0.3", listener, first);
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const { get } = await run(t, first, { nameServer, upstream: `app.test:${first.port}` });
  const many = () => Promise.all(Array.from({ length: 20 }, () => get("/")));
  await many();
  closing.now = true;
  for (let round = 0; round < 3; round++)
    assert.deepEqual(await many(), Array(20).fill("200 well"));
});
