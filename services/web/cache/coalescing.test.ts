import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { type Chain, chain } from "../testing/cache.ts";
import { eventually } from "../testing/edge.ts";

const SHARED = { "cache-control": "s-maxage=60" };

/** Holds every answer back until the test lets it go. */
function held() {
  const waiting: { request: IncomingMessage; response: ServerResponse }[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    waiting.push({ request, response });
  };
  const arrived = async (count: number) => {
    await eventually(
      async () => waiting.length,
      (length) => length >= count,
    );
    return waiting.map(({ response }) => response);
  };
  return { listener, waiting, arrived };
}

/** Resolves when this many requests wait for the answer to another one. */
function waiters({ edge }: Chain, count: number) {
  return eventually(
    async () => edge.cache.waiting,
    (waiting) => waiting === count,
  );
}

async function answerTo(asked: ClientRequest): Promise<string> {
  const [answer]: IncomingMessage[] = await once(asked, "response");
  return answer === undefined ? "" : text(answer);
}

test("fifty requests for the same at once are one for the application", async (t) => {
  const { listener, arrived, waiting } = held();
  const edge = await chain(t, listener, {});
  const answers = Array.from({ length: 50 }, () => edge.get("/", {}));
  await waiters(edge, 49);
  const [response] = await arrived(1);
  response?.writeHead(200, SHARED).end("for all");
  const got = await Promise.all(answers);
  assert.deepEqual([...new Set(got.map(({ body }) => body))], ["for all"]);
  assert.equal(waiting.length, 1);
  const collapsed = got.filter(({ cache }) => cache === "gatehouse; fwd=uri-miss; collapsed");
  assert.equal(collapsed.length, 49);
});

test("who waits gets the answer as it comes, not only when it is whole", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const leader = edge.get("/", {});
  const [response] = await arrived(1);
  response?.writeHead(200, { ...SHARED, "content-length": "9" }).write("begun");
  const late = request(edge.url).end();
  const [answer]: IncomingMessage[] = await once(late, "response");
  assert.ok(answer);
  const [begun] = await once(answer, "data");
  assert.equal(String(begun), "begun");
  response?.end(" end");
  assert.equal(await text(answer), " end");
  assert.equal((await leader).body, "begun end");
});

test("an answer that is not for sharing has all who wait ask for themselves, at once", async (t) => {
  const { listener, arrived, waiting } = held();
  const edge = await chain(t, listener, {});
  const answers = Array.from({ length: 5 }, () => edge.get("/", {}));
  await waiters(edge, 4);
  const [first] = await arrived(1);
  first?.writeHead(200, { "cache-control": "private" }).end("0");
  const others = await arrived(5);
  for (const [at, response] of others.slice(1).entries()) response.end(String(at + 1));
  const bodies = (await Promise.all(answers)).map(({ body }) => body);
  assert.deepEqual(bodies.sort(), ["0", "1", "2", "3", "4"]);
  // And those who come next do not wait for one another any more.
  const next = [edge.get("/", {}), edge.get("/", {})];
  for (const response of (await arrived(7)).slice(5)) response.end("next");
  await Promise.all(next);
  assert.equal(waiting.length, 7);
});

test("visitors with and without a cookie do not wait for each other's first answer", async (t) => {
  const { listener, arrived } = held();
  const { get } = await chain(t, listener, {});
  const answers = [get("/", {}), get("/", { cookie: "session=1" })];
  for (const response of await arrived(2)) response.writeHead(200, SHARED).end("x");
  await Promise.all(answers);
});

test("who waits for an answer that varies and does not fit asks for the one that does", async (t) => {
  const { listener, waiting } = held();
  const edge = await chain(t, listener, {});
  const languages = ["de", "en", "de", "en"];
  const answers = languages.map((language) => edge.get("/", { "accept-language": language }));
  await waiters(edge, 3);
  const answerAll = () => {
    for (const { request, response } of waiting) {
      if (response.headersSent) continue;
      response.writeHead(200, { ...SHARED, vary: "accept-language" });
      response.end(request.headers["accept-language"]);
    }
  };
  const ticking = setInterval(answerAll, 5);
  t.after(() => clearInterval(ticking));
  const got = await Promise.all(answers);
  assert.deepEqual(
    got.map(({ body }) => body),
    languages,
  );
  assert.equal(waiting.length, 2);
});

test("a leader that leaves takes nothing from the others, and the answer is kept", async (t) => {
  const { listener, arrived, waiting } = held();
  const edge = await chain(t, listener, {});
  const leader = request(edge.url, { agent: false }).end();
  leader.on("error", () => {});
  const [response] = await arrived(1);
  const other = edge.get("/", {});
  await waiters(edge, 1);
  leader.destroy();
  // The edge has noticed: it counts the leader as one that left.
  await eventually(
    async () => JSON.stringify(await edge.edge.metrics()),
    (metrics) => metrics.includes("4xx") || metrics.includes("499"),
  );
  response?.writeHead(200, SHARED).end("for the other");
  assert.equal((await other).body, "for the other");
  assert.equal((await edge.get("/", {})).body, "for the other");
  assert.equal(waiting.length, 1);
});

test("a leader for whom nobody waits ends the request to the application as it leaves", async (t) => {
  const { listener, arrived } = held();
  const { url } = await chain(t, listener, {});
  const leader = request(url, { agent: false }).end();
  leader.on("error", () => {});
  const [response] = await arrived(1);
  assert.ok(response);
  const gone = once(response, "close", { signal: AbortSignal.timeout(10_000) });
  leader.destroy();
  await gone;
});

test("a leader that fails hangs nobody: the next one asks", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const answers = [edge.get("/", {}), edge.get("/", {}), edge.get("/", {})];
  await waiters(edge, 2);
  const [first] = await arrived(1);
  first?.writeHead(500).end("failed");
  const [, second] = await arrived(2);
  await waiters(edge, 1);
  second?.writeHead(200, SHARED).end("well");
  assert.deepEqual((await Promise.all(answers)).map(({ body }) => body).sort(), [
    "failed",
    "well",
    "well",
  ]);
});

test("nobody waits longer for a slow leader than the setting says", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, { cacheWait: 100 });
  const slow = edge.get("/", {});
  await arrived(1);
  const second = edge.get("/", {});
  const [first, other] = await arrived(2);
  other?.writeHead(200, SHARED).end("quick");
  assert.equal((await second).body, "quick");
  assert.equal((await edge.get("/", {})).body, "quick");
  first?.end("slow");
  assert.equal((await slow).body, "slow");
});

test("an answer that outgrows what is kept goes to its leader alone, at the leader's pace", async (t) => {
  const piece = Buffer.alloc(64 * 1024, "x");
  let written = 0;
  const pieces = function* () {
    for (; written < 512 * piece.length; written += piece.length) yield piece;
  };
  const listener = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, SHARED);
    Readable.from(pieces()).pipe(response);
  };
  const edge = await chain(t, listener, { cacheLargest: 100_000 });
  const [answer]: IncomingMessage[] = await once(request(edge.url).end(), "response");
  assert.ok(answer);
  // Nobody reads: what the sockets hold is all that the application gets rid of.
  const held = await steady(() => written);
  assert.ok(held < 512 * piece.length, `${held} bytes went out`);
  let bytes = 0;
  for await (const chunk of answer) bytes += chunk.length;
  assert.equal(bytes, 512 * piece.length);
  assert.deepEqual(edge.edge.cache.stored, { bytes: 0, entries: 0, evicted: 0, lent: 0 });
});

test("an answer that breaks off breaks off for all, and is not kept", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const leader = request(edge.url).end();
  const [response] = await arrived(1);
  response?.writeHead(200, { ...SHARED, "content-length": "9" }).write("begun");
  const broken = [answerTo(leader), edge.get("/", {})].map((answer) => assert.rejects(answer));
  await eventually(
    async () => edge.edge.cache.tally.collapsed,
    (collapsed) => collapsed === 1,
  );
  response?.destroy();
  await Promise.all(broken);
  const again = edge.get("/", {});
  const [, second] = await arrived(2);
  second?.end("whole");
  assert.equal((await again).body, "whole");
});

test("what was asked for before a purge is not kept after it", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const before = edge.get("/", {});
  const [old] = await arrived(1);
  edge.edge.cache.purge({ what: "address", address: "/" });
  const after = edge.get("/", {});
  const [, fresh] = await arrived(2);
  fresh?.writeHead(200, SHARED).end("new");
  assert.equal((await after).body, "new");
  old?.writeHead(200, SHARED).end("old");
  assert.equal((await before).body, "old");
  assert.equal((await edge.get("/", {})).body, "new");
});

test("slow clients with many addresses cannot make the edge hold more than its bound", async (t) => {
  const content = Buffer.alloc(1024 ** 2, "x");
  const listener = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { ...SHARED, "content-length": content.length }).end(content);
  };
  const bound = 4 * content.length;
  const { url, edge, get } = await chain(t, listener, { cacheSize: bound });
  const slow = await Promise.all(
    Array.from({ length: 24 }, async (_, at) => {
      const asked = request(`${url}/${at}`, { agent: false }).end();
      const [answer]: IncomingMessage[] = await once(asked, "response");
      t.after(() => asked.destroy());
      return answer;
    }),
  );
  const { bytes, lent } = edge.cache.stored;
  assert.ok(bytes <= bound && lent <= bound + content.length, `${bytes} stored, ${lent} lent`);
  for (const answer of slow) assert.equal(answer && (await text(answer)).length, content.length);
  await eventually(
    async () => edge.cache.stored.lent,
    (left) => left === 0,
  );
  assert.match((await get("/23", {})).cache, /stored|hit/);
});

test("nor is what was asked for by one who waits for nobody", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const own = edge.get("/", {});
  (await arrived(1))[0]?.writeHead(200, { "cache-control": "private" }).end("own");
  await own;
  const before = edge.get("/", {});
  const [, old] = await arrived(2);
  edge.edge.cache.purge({ what: "all" });
  old?.writeHead(200, SHARED).end("old");
  assert.equal((await before).body, "old");
  const after = edge.get("/", {});
  (await arrived(3))[2]?.writeHead(200, SHARED).end("new");
  assert.equal((await after).body, "new");
});

/** The value that a counter has when it has not moved for a while. */
async function steady(counter: () => number): Promise<number> {
  let last = -1;
  return eventually(
    async () => {
      const before = last;
      last = counter();
      if (before !== last) await new Promise((later) => setTimeout(later, 200));
      return { before, last };
    },
    ({ before, last: now }) => before === now && now > 0,
  ).then(({ last: now }) => now);
}
