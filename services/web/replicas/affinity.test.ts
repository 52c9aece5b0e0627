import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { ProxyRoute } from "../site/site.ts";
import {
  eventually,
  runEdge,
  startNameServer,
  startUpstream,
  type Upstream,
} from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

const clients = Array.from({ length: 60 }, (_, at) => `198.51.100.${at}`);

/** What a replica received, and which it was. */
interface Received {
  readonly replica: string;
  readonly key: string | undefined;
}

interface Reply extends Received {
  readonly setCookie: string | undefined;
}

/** Cache-Control and CDN-Cache-Control, of which one lets a shared cache use the response again. */
const TARGETED_PAIRS: Readonly<Record<string, readonly [control: string, targeted: string]>> = {
  "/targeted": ["no-store", "max-age=60"],
  "/targeted-no-store": ["public, max-age=60", "no-store"],
  "/targeted-stale": ["public, max-age=60", "max-age=0"],
  "/targeted-empty": ["public, max-age=60", ""],
  "/targeted-malformed": ["public, max-age=60", "=?"],
};

/** An edge in front of several replicas that respond with what they received. */
async function start(t: TestContext, count: number, changes: Partial<ProxyRoute>) {
  const addresses = Array.from({ length: count }, (_, at) => `127.0.0.${at + 2}`);
  const replicas: Upstream[] = [];
  for (const address of addresses) {
    const replica = await startUpstream(
      t,
      address,
      ({ headers, url }, response) => {
        if (url?.startsWith("/public")) response.setHeader("Cache-Control", "max-age=60");
        // RFC 9213: a shared cache that knows the second field goes by that, another one by the first.
        const [control, targeted] = TARGETED_PAIRS[url ?? ""] ?? [];
        if (control !== undefined) response.setHeader("Cache-Control", control);
        if (targeted !== undefined) response.setHeader("CDN-Cache-Control", targeted);
        const received: Received = { replica: address, key: headers["x-affinity-key"]?.toString() };
        response.end(JSON.stringify(received));
      },
      replicas[0],
    );
    replicas.push(replica);
  }
  const [first] = replicas;
  assert.ok(first);
  const nameServer = await startNameServer(t, addresses);
  const settings = {
    upstream: `app:${first.port}`,
    nameServer,
    trustedProxies: ["127.0.0.1"],
    checkInterval: 1000,
  };
  const { edge, ports } = await runEdge(t, first, settings, routed(changes));
  const states = async () => edge.status().replicas.map(({ state }) => state);
  await eventually(states, (all) => all.length === count && all.every((each) => each === "ready"));
  const send = async (
    path: string,
    client: string,
    more: IncomingHttpHeaders = {},
  ): Promise<Reply> => {
    const headers = { "X-Forwarded-For": client, ...more };
    const sent = request({ host: "127.0.0.1", port: ports.http, path, headers }).end();
    const [response] = await once(sent, "response");
    const [setCookie] = response.headers["set-cookie"] ?? [];
    return { ...JSON.parse(await text(response)), setCookie };
  };
  const replicaOf = async (path: string, client: string) => (await send(path, client)).replica;
  const all = (path: string) => Promise.all(clients.map((client) => replicaOf(path, client)));
  return { replicas, send, all, edge };
}

test("a route with client keeps each client at one replica, and shares them out", async (t) => {
  const { all, send } = await start(t, 3, { affinity: "client" });
  const first = await all("/a");
  assert.deepEqual(await all("/b?c"), first);
  for (const address of ["127.0.0.2", "127.0.0.3", "127.0.0.4"]) {
    const share = first.filter((each) => each === address).length;
    assert.ok(share >= 8 && share <= 34, `${address} has ${share} of 60`);
  }
  const { key } = await send("/", "2001:db8:0:1::9");
  assert.equal(key, "2001:db8:0:1::/64");
  assert.equal((await send("/", "2001:db8:0:1:a:b:c:d")).key, key);
});

test("a replica that drains or is lost moves its own clients alone, and gets them back", async (t) => {
  const { replicas, all, edge } = await start(t, 3, { affinity: "client" });
  const before = await all("/");
  const [, drained, lost] = replicas;
  assert.ok(drained && lost);
  const stateOf = async ({ address }: Upstream) =>
    edge.status().replicas.find((each) => each.address === address)?.state;
  const onlyMoved = async (gone: readonly string[]) => {
    for (const [at, replica] of (await all("/")).entries()) {
      const own = before[at] ?? "";
      if (gone.includes(own)) assert.ok(!gone.includes(replica));
      else assert.equal(replica, own);
    }
  };
  drained.readiness = "draining";
  await eventually(
    () => stateOf(drained),
    (state) => state === "draining",
  );
  await onlyMoved([drained.address]);
  drained.readiness = "ready";
  await eventually(
    () => stateOf(drained),
    (state) => state === "ready",
  );
  assert.deepEqual(await all("/"), before);
  // At once, by a retry: no check has found it lost yet.
  lost.close();
  await onlyMoved([lost.address]);
});

test("without affinity a request has no key; Engine.IO has its client's, unless it is off", async (t) => {
  const { send, all } = await start(t, 2, {});
  const forged = { "x-affinity-key": "forged" };
  assert.equal((await send("/", "198.51.100.1", forged)).key, undefined);
  assert.equal((await send("/?EIO=4", "198.51.100.1", forged)).key, "198.51.100.1");
  assert.deepEqual(await all("/socket.io/?EIO=4&t=a"), await all("/own/path?t=b&EIO=4"));
  const other = await start(t, 2, { affinity: "off" });
  assert.equal((await other.send("/?EIO=4", "198.51.100.1")).key, undefined);
});

test("a cookie is made where there is none, and then keeps its client at one replica", async (t) => {
  const { send } = await start(t, 3, { affinity: "cookie" });
  const visits = await Promise.all(clients.map(() => send("/", "198.51.100.1")));
  assert.equal(new Set(visits.map(({ replica }) => replica)).size, 3);
  assert.equal(new Set(visits.map(({ key }) => key)).size, clients.length);
  for (const { key, replica, setCookie } of visits) {
    assert.equal(setCookie, `gatehouse-affinity=${key}; Path=/; HttpOnly; SameSite=Lax`);
    const cookie = `theme=dark; gatehouse-affinity=${key}; session=1`;
    const again = await send("/next", "203.0.113.9", { cookie });
    assert.deepEqual(again, { replica, key, setCookie: undefined });
  }
});

test("a cookie that the edge cannot have made is replaced, however long it is", async (t) => {
  const { send } = await start(t, 2, { affinity: "cookie" });
  const own = "A".repeat(22);
  for (const value of [
    ...[
      "",
      "short",
      `${own}A`,
      "x".repeat(4096),
      `${"A".repeat(21)}!`,
      `"${own}"`,
      `${own}\t${own}`,
    ],
    ...[`${"A".repeat(21)}%0A`, "../../../../../../etc/"],
  ]) {
    const { key, setCookie } = await send("/", "198.51.100.1", {
      cookie: `gatehouse-affinity=${value}`,
    });
    assert.match(key ?? "", /^[\w-]{22}$/, value);
    assert.notEqual(key, own);
    assert.ok(setCookie?.startsWith(`gatehouse-affinity=${key};`), value);
  }
  // The one with the prefix is of HTTPS alone.
  const plain = await send("/", "198.51.100.1", { cookie: `__Host-gatehouse-affinity=${own}` });
  assert.notEqual(plain.key, own);
});

test("over HTTPS the cookie is for this host alone", async (t) => {
  const { send } = await start(t, 2, { affinity: "cookie" });
  const { key, setCookie } = await send("/", "198.51.100.1", { "x-forwarded-proto": "https" });
  const attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";
  assert.equal(setCookie, `__Host-gatehouse-affinity=${key}; ${attributes}`);
});

test("a response that shared caches may use has no cookie, nor has one of our own cache", async (t) => {
  const { send } = await start(t, 2, { affinity: "cookie", cache: true });
  assert.equal((await send("/public", "198.51.100.1")).setCookie, undefined);
  assert.equal((await send("/public", "198.51.100.2")).setCookie, undefined);
  for (const path of Object.keys(TARGETED_PAIRS)) {
    assert.equal((await send(path, "198.51.100.3")).setCookie, undefined, path);
  }
  assert.ok((await send("/own", "198.51.100.1")).setCookie !== undefined);
});
