import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import type { Fields } from "@gatehouse/telemetry";
import { stretched } from "@gatehouse/telemetry/testing";
import {
  eventually,
  runEdge,
  startNameServer,
  startUpstream,
  type Upstream,
} from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

/** Milliseconds that a frozen replica may hold a request which another one can take. */
const HELD_AT_MOST = 1500;

/** What a replica does with a request; it is the next one of so many. */
type Site = (response: ServerResponse, request: IncomingMessage) => void;

/** Whether it responds to: everything, its health checks alone, or nothing. */
type State = "serves" | "mute" | "frozen";

/** A replica that can be frozen: it still accepts connections, as the kernel does for it. */
class Replica {
  readonly requests: string[] = [];
  /**
   * "asked", with how often: an attempt has asked whether the replica lives. "given up": one such request
   * has closed. The edge asks on a connection of its own, and checks the health on one that it keeps.
   */
  readonly events = new EventEmitter<{ asked: [count: number]; "given up": [] }>();
  state: State = "serves";
  /** What its health checks hear. */
  readiness = "ready";
  #asked = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  async start(t: TestContext, address: string, like: Upstream | undefined): Promise<Upstream> {
    const upstream = await startUpstream(
      t,
      address,
      (request, response) => {
        this.requests.push(`${request.method} ${request.url}`);
        if (this.state === "serves") this.#site(response, request);
        else this.#waiting.push(() => this.#site(response, request));
      },
      like,
    );
    upstream.admin.removeAllListeners("request").on("request", (request, response) => {
      const isQuestion = request.headers.connection === "close";
      if (isQuestion) {
        request.once("close", () => this.events.emit("given up"));
        this.events.emit("asked", ++this.#asked);
      }
      if (this.state === "serves" || (this.state === "mute" && !isQuestion))
        response.end(`${this.readiness}\n`);
    });
    return upstream;
  }

  /** Resolves once it was asked so often. */
  async askedTimes(count: number): Promise<void> {
    const signal = AbortSignal.timeout(stretched(10_000));
    while (this.#asked < count) await once(this.events, "asked", { signal });
  }

  thaw(): void {
    this.state = "serves";
    for (const respond of this.#waiting.splice(0)) respond();
  }
}

/** An edge in front of replicas that all do the same with a request. */
async function start(
  t: TestContext,
  { count = 2, firstByte = 60_000, site }: { count?: number; firstByte?: number; site?: Site } = {},
) {
  const replicas: Replica[] = [];
  const upstreams: Upstream[] = [];
  for (let nth = 0; nth < count; nth++) {
    const replica = new Replica(site ?? ((response) => response.end(`replica ${nth}`)));
    upstreams.push(await replica.start(t, `127.0.0.${nth + 2}`, upstreams[0]));
    replicas.push(replica);
  }
  const [first] = upstreams;
  assert.ok(first);
  const nameServer = await startNameServer(
    t,
    upstreams.map(({ address }) => address),
  );
  const changes = { upstream: `gateways.test:${first.port}`, nameServer, checkInterval: 1000 };
  const route = routed({ cache: false, timeouts: { firstByte } });
  const lines: Fields[] = [];
  const write = (message: string, fields: Fields = {}) => void lines.push({ message, ...fields });
  const logger = { info: write, warn: write, error: write };
  const { edge, ports } = await runEdge(t, first, changes, route, logger);
  await eventually(
    async () => edge.status().replicas.filter(({ state }) => state === "ready").length,
    (ready) => ready === count,
  );
  return {
    replicas,
    edge,
    lines,
    /** Of all replicas. */
    requests: () => replicas.flatMap(({ requests }) => requests),
    async send(path: string, method = "GET") {
      const began = performance.now();
      const url = `http://127.0.0.1:${ports.http}${path}`;
      const got = await fetch(url, { method, ...(method === "POST" && { body: "x" }) });
      const text = await got.text();
      return { status: got.status, text, took: performance.now() - began };
    },
  };
}

const one = (replicas: readonly Replica[], nth = 0): Replica =>
  replicas[nth] ?? assert.fail("no such replica");

test("of a frozen replica's requests those that may be repeated go to the other one, within 1.5 s", async (t) => {
  const { replicas, send } = await start(t);
  const first = one(replicas);
  first.state = "frozen";
  const responses = await Promise.all(Array.from({ length: 12 }, (_, index) => send(`/${index}`)));
  assert.ok(first.requests.length > 0);
  for (const { status, text, took } of responses) {
    assert.deepEqual([status, text], [200, "replica 1"]);
    assert.ok(took < stretched(HELD_AT_MOST), `it was held for ${took} ms`);
  }
});

test("a POST is never sent twice: it waits for its replica, and gets 504 when its time is over", async (t) => {
  const { replicas, requests, send } = await start(t, { firstByte: 2500 });
  const first = one(replicas);
  first.state = "frozen";
  const sent = Array.from({ length: 8 }, (_, index) => send(`/${index}`, "POST"));
  const responses = await Promise.all(sent);
  assert.equal(requests().length, 8, "each was sent once");
  assert.ok(first.requests.length > 0);
  const late = responses.filter(({ status }) => status === 504);
  assert.equal(late.length, first.requests.length);
  for (const { took } of late) assert.ok(took >= 2400, "not before its time");
});

test("a slow page of a living replica is sent once, however often the replica is asked", async (t) => {
  const waiting: ServerResponse[] = [];
  const { replicas, requests, send } = await start(t, {
    firstByte: 20_000,
    site: (response) => void waiting.push(response),
  });
  const sent = Array.from({ length: 6 }, () => send("/slow"));
  // A second question begins when the first one has its response.
  await Promise.any(replicas.map((replica) => replica.askedTimes(2)));
  assert.equal(requests().length, 6);
  for (const response of waiting) response.end();
  for (const { status } of await Promise.all(sent)) assert.equal(status, 200);
  assert.equal(requests().length, 6);
});

test("without another replica a request waits for the frozen one to go on", async (t) => {
  const { replicas, requests, send } = await start(t, { count: 1, firstByte: 20_000 });
  const first = one(replicas);
  first.state = "frozen";
  const sent = send("/");
  // It has said nothing to the first question by then.
  await first.askedTimes(2);
  first.thaw();
  const { status, text } = await sent;
  assert.deepEqual([status, text, requests().length], [200, "replica 0", 1]);
});

test("a request goes to another replica once: it may be what freezes them", async (t) => {
  const { replicas, requests, send, lines } = await start(t, { count: 3, firstByte: 3000 });
  // The health checks would find them sooner.
  for (const replica of replicas) replica.state = "mute";
  const { status } = await send("/");
  assert.deepEqual([status, requests().length], [504, 2]);
  // Its next requests do not wait for a check to find out.
  const down = lines.filter(({ message, to }) => message === "replica state" && to === "down");
  assert.deepEqual(
    down.map(({ from, reason }) => [from, reason]),
    [["ready", "no response, neither to it nor to a check"]],
  );
});

test("a request does not go to a replica that is not ready: the frozen one may go on sooner", async (t) => {
  const { replicas, requests, send, edge } = await start(t, { firstByte: 20_000 });
  const [first, other] = [one(replicas), one(replicas, 1)];
  other.readiness = "starting";
  await eventually(
    async () => edge.status().replicas.map(({ state }) => state),
    (states) => states.includes("starting"),
  );
  first.state = "mute";
  const sent = send("/");
  await first.askedTimes(2);
  first.thaw();
  const { status, text } = await sent;
  assert.deepEqual([status, text, requests().length], [200, "replica 0", 1]);
});

test("a response that begins while its replica is asked is not broken off, whatever the replica says", async (t) => {
  let begun: ServerResponse | undefined;
  const { replicas, requests, send } = await start(t, {
    site: (response) => {
      begun = response;
    },
  });
  for (const replica of replicas) {
    replica.events.once("asked", () => {
      replica.state = "mute";
      begun?.write("one, ");
    });
    replica.events.once("given up", () => begun?.end("and the other"));
  }
  const { status, text } = await send("/");
  assert.deepEqual([status, text, requests().length], [200, "one, and the other", 1]);
});

test("a replica whose admin port never responds is not taken for frozen", async (t) => {
  const waiting: ServerResponse[] = [];
  const site = (_: IncomingMessage, response: ServerResponse) => void waiting.push(response);
  const first = await startUpstream(t, "127.0.0.2", site, undefined);
  const second = await startUpstream(t, "127.0.0.3", site, first);
  const asked = new EventEmitter();
  let count = 0;
  for (const { admin } of [first, second]) {
    admin.removeAllListeners("request").on("request", ({ headers, socket }: IncomingMessage) => {
      if (headers.connection === "close") asked.emit("asked", ++count);
      socket.destroy();
    });
  }
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const changes = { upstream: `gateways.test:${first.port}`, nameServer };
  const { edge, ports } = await runEdge(t, first, changes, routed({ cache: false }));
  // On a busy machine the first look-up of the name may be too late.
  await eventually(
    async () => edge.status().replicas.length,
    (count) => count === 2,
  );
  const sent = fetch(`http://127.0.0.1:${ports.http}/`);
  // The second question: the first one has changed nothing.
  const signal = AbortSignal.timeout(stretched(10_000));
  while (count < 2) await once(asked, "asked", { signal });
  for (const response of waiting) response.end();
  assert.deepEqual([(await sent).status, waiting.length], [200, 1]);
});
