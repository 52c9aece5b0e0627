import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { ProxyRoute } from "../site/site.ts";
import {
  eventually,
  runEdge,
  startNameServer,
  startUpstream,
  type Upstream,
} from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

const RUNNING = ["127.0.0.2", "127.0.0.3"];
const CANARY = "127.0.0.4";

/** Milliseconds that a request takes in no other way than by a pause. */
const LONG = 500;

interface Reply {
  readonly release: string;
  readonly status: number;
  readonly cookie: string | undefined;
}

/** An edge in front of two replicas of one release and one of another. */
async function start(t: TestContext, { percent = 0, route = {} as Partial<ProxyRoute> } = {}) {
  const replicas: Upstream[] = [];
  for (const address of [...RUNNING, CANARY]) {
    const release = address === CANARY ? "canary" : "running";
    const replica = await startUpstream(
      t,
      address,
      (incoming, response) => {
        if (incoming.url === "/public") response.setHeader("Cache-Control", "public, max-age=60");
        if (incoming.url === "/events") {
          response.setHeader("Content-Type", "text/event-stream");
          response.write("data: 1\n\n");
          return;
        }
        if (incoming.url === "/bad" && release === "canary") response.statusCode = 500;
        response.setHeader("X-Release", release);
        incoming.resume();
        response.end(release);
      },
      replicas[0],
    );
    replica.site.on("upgrade", (_, socket) => {
      socket.on("end", () => socket.end()).on("error", () => {});
      socket.resume();
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
      socket.write(
        "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
      );
    });
    replicas.push(replica);
  }
  const [first, second, canary] = replicas;
  assert.ok(first && second && canary);
  const running = [first, second];
  const canaries: string[] = [];
  const nameServer = await startNameServer(t, RUNNING, canaries);
  const settings = {
    upstream: `app:${first.port}`,
    nameServer,
    checkInterval: 500,
    resolveInterval: 200,
  };
  const { edge, ports } = await runEdge(t, first, settings, routed(route));
  const states = async () => edge.status().replicas;
  const ready = async (count: number) => {
    await eventually(
      states,
      (all) => all.length === count && all.every((each) => each.state === "ready"),
    );
  };
  await ready(2);
  const admit = async (share: number) => {
    canaries.push(CANARY);
    edge.canary.percent = share;
    await ready(3);
  };
  if (percent > 0) await admit(percent);
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  t.after(() => agent.destroy());
  const send = async (path: string, cookie = "", method = "GET"): Promise<Reply> => {
    const headers = cookie === "" ? {} : { cookie };
    const to = { host: "127.0.0.1", port: ports.http, agent };
    const sent = request({ ...to, path, method, headers }).end();
    const [response] = await once(sent, "response");
    const [made] = response.headers["set-cookie"] ?? [];
    await text(response);
    const release = String(response.headers["x-release"]);
    return { release, status: response.statusCode, cookie: made?.split(";")[0] };
  };
  /** As many new clients, each with the cookie that it got. */
  const clients = async (count: number) => {
    const replies = await Promise.all(Array.from({ length: count }, () => send("/")));
    return replies.map(({ release, cookie = "" }) => ({ release, cookie }));
  };
  const counts = () => {
    const found = edge.metrics().find(({ name }) => name === "web_canary_requests_total");
    return Object.fromEntries(
      (found?.values ?? []).map(({ labels, value }) => [
        `${labels.release} ${labels.status}`,
        value,
      ]),
    );
  };
  /** The requests of both sides, how many of them were timed, and their seconds. */
  const durations = () => {
    const sumOf = (name: string, part = name) =>
      (edge.metrics().find((metric) => metric.name === name)?.values ?? [])
        .filter(({ metricName = name }) => metricName === part)
        .reduce((sum, { value }) => sum + value, 0);
    const times = "web_canary_request_duration_seconds";
    return {
      requests: sumOf("web_canary_requests_total"),
      timed: sumOf(times, `${times}_count`),
      seconds: sumOf(times, `${times}_sum`),
    };
  };
  const port = ports.http;
  const replicasOf = { canary, running };
  return { edge, port, send, clients, admit, counts, durations, ...replicasOf, canaries, states };
}

test("without a canary no client gets a cookie, and its name is not looked up", async (t) => {
  const { clients, canaries, states } = await start(t);
  canaries.push(CANARY);
  const all = await clients(20);
  assert.deepEqual(
    new Set(all.map(({ release, cookie }) => `${release} ${cookie}`)),
    new Set(["running "]),
  );
  assert.equal((await states()).length, 2);
});

test("the canary gets its share of the clients, within the bounds of chance", async (t) => {
  const { clients } = await start(t, { percent: 20 });
  const all = await clients(1500);
  const share = all.filter(({ release }) => release === "canary").length;
  // 300 expected; 5 standard deviations of a binomial distribution are 77.
  assert.ok(Math.abs(share - 300) < 78, `${share} of 1500`);
});

test("a client stays with its release; a larger share moves none back, a smaller one takes none", async (t) => {
  const { clients, send, edge } = await start(t, { percent: 30 });
  const all = await clients(60);
  const releases = async () =>
    await Promise.all(all.map(async ({ cookie }) => (await send("/again", cookie)).release));
  const first = all.map(({ release }) => release);
  assert.ok(first.includes("canary") && first.includes("running"));
  for (let round = 0; round < 3; round++) assert.deepEqual(await releases(), first);
  edge.canary.percent = 60;
  const more = await releases();
  for (const [at, release] of first.entries()) {
    if (release === "canary") assert.equal(more[at], "canary");
  }
  assert.ok(
    more.filter((each) => each === "canary").length >
      first.filter((each) => each === "canary").length,
  );
  edge.canary.percent = 30;
  assert.deepEqual(await releases(), first);
  edge.canary.percent = 0;
  assert.deepEqual(new Set(await releases()), new Set(["running"]));
});

test("a client with a cookie gets no other one, also where the route has affinity by cookie", async (t) => {
  const { clients, send } = await start(t, { percent: 50, route: { affinity: "cookie" } });
  for (const { cookie, release } of await clients(20)) {
    assert.match(cookie, /^gatehouse-affinity=[\w-]{22}$/);
    assert.deepEqual(await send("/", cookie), { release, status: 200, cookie: undefined });
  }
});

test("what the canary sends is stored for no one, and what is stored is not for its clients", async (t) => {
  const { clients, send, edge, counts } = await start(t, { percent: 50, route: { cache: true } });
  const all = await clients(20);
  const before = counts();
  for (let round = 0; round < 2; round++) {
    for (const { cookie, release } of all)
      assert.equal((await send("/public", cookie)).release, release);
  }
  const { hits } = edge.status().cache;
  assert.ok(hits > 0);
  // What is stored says nothing of a release.
  const own = all.filter(({ release }) => release === "running").length;
  assert.equal((counts()["running 2xx"] ?? 0) - (before["running 2xx"] ?? 0) + hits, 2 * own);
});

test("if the canary is all that is left, every client gets it", async (t) => {
  const { clients, running } = await start(t, { percent: 1 });
  for (const replica of running) replica.close();
  const all = await clients(10);
  assert.deepEqual(new Set(all.map(({ release }) => release)), new Set(["canary"]));
});

test("a POST of the canary's clients takes back what is stored", async (t) => {
  const { clients, send, edge } = await start(t, { percent: 50, route: { cache: true } });
  const all = await clients(30);
  const cookieOf = (release: string) => all.find((each) => each.release === release)?.cookie ?? "";
  await send("/public", cookieOf("running"));
  assert.equal(edge.status().cache.entries, 1);
  await send("/public", cookieOf("canary"), "POST");
  assert.equal(edge.status().cache.entries, 0);
});

test("a canary that is lost costs no client a request, and its clients count as lost", async (t) => {
  const { clients, send, canary, counts } = await start(t, { percent: 50 });
  const own = (await clients(40)).filter(({ release }) => release === "canary");
  await canary.close();
  for (const { cookie } of own) {
    const { status, release } = await send("/", cookie);
    assert.deepEqual([status, release], [200, "running"]);
  }
  assert.equal(counts()["canary lost"], own.length);
});

test("both sides are counted by the class of the status, and a new canary begins at zero", async (t) => {
  const { clients, send, edge, counts } = await start(t, { percent: 50 });
  const all = await clients(30);
  const own = all.filter(({ release }) => release === "canary");
  for (const { cookie } of all) await send("/bad", cookie);
  const { length } = own;
  assert.deepEqual(counts(), {
    "running 2xx": 2 * (30 - length),
    "canary 2xx": length,
    "canary 5xx": length,
  });
  edge.canary.percent = 0;
  edge.canary.percent = 10;
  assert.deepEqual(counts(), {});
});

test("only what ends by itself is timed, from when the edge may forward it", async (t) => {
  const { edge, send, port, durations } = await start(t, { percent: 100 });
  const [stream, socket] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  stream.write("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  socket.write(
    "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await Promise.all([once(stream, "data"), once(socket, "data")]);
  edge.pause.mode = { kind: "paused", longest: 60_000 };
  const held = send("/");
  await setTimeout(LONG);
  edge.pause.mode = { kind: "live" };
  assert.equal((await held).status, 200);
  stream.destroy();
  socket.destroy();
  const { requests } = await eventually(
    async () => durations(),
    (found) => found.requests === 3,
  );
  const { timed, seconds } = durations();
  assert.deepEqual([requests, timed], [3, 1]);
  assert.ok(seconds < LONG / 1000, `${seconds} s`);
});

test("before the canary is ready every client has the release that runs, and nothing counts as lost", async (t) => {
  const { edge, clients, counts, admit, canaries, states } = await start(t);
  edge.canary.percent = 100;
  assert.deepEqual(
    new Set((await clients(10)).map(({ release }) => release)),
    new Set(["running"]),
  );
  assert.deepEqual(counts(), {});
  await admit(100);
  assert.deepEqual(new Set((await clients(10)).map(({ release }) => release)), new Set(["canary"]));
  // The next canary, in the same way.
  edge.canary.percent = 0;
  canaries.length = 0;
  await eventually(states, (all) => all.length === 2);
  edge.canary.percent = 100;
  assert.deepEqual(
    new Set((await clients(10)).map(({ release }) => release)),
    new Set(["running"]),
  );
  assert.deepEqual(counts(), {});
});
