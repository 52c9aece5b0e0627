import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import crossws from "crossws/adapters/node";
import { NodeRequest, sendNodeResponse } from "srvx/node";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite, type TestSite } from "../testing/site.ts";
import { file, PNG, Visitor } from "../testing/visitor.ts";

/** Milliseconds; an event takes a few, unless the machine is busy. */
const TIMEOUT = 60_000;

// Two workers of one site share only the database.
const embedded = await openTestDatabase();
const shared = { ...embedded, close: () => Promise.resolve() };
const one = createTestSite(shared, { APP_LIVE_STREAMS: "3" });
const strict = createTestSite(shared, {
  APP_LIVE_PER_CLIENT: "3",
  APP_LIVE_PER_USER: "2",
  APP_LIVE_SOCKETS: "4",
});
const other = createTestSite(embedded);
const ada = await new Visitor(one.site).signUp("Ada");

/** The messages of a worker's event stream. */
async function* messagesOf({ site }: TestSite) {
  const response = await site.request("/events");
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
      if (event !== undefined) yield { event, data: JSON.parse(data ?? "") };
    }
  }
}

async function next(messages: ReturnType<typeof messagesOf>) {
  const { value } = await messages.next();
  if (!value) throw new Error("the stream has ended");
  return value;
}

test("a page of one worker is updated when a notice is posted to another", {
  timeout: TIMEOUT,
}, async () => {
  const messages = messagesOf(other);
  const first = next(messages);
  const path = await ada.post({ title: "Live <everywhere>", body: "News" });
  const posted = await first;
  assert.equal(posted.event, "posted");
  assert.equal(`/notices/${posted.data.id}`, path);
  assert.match(posted.data.html, /^<li class="card" .*Live &lt;everywhere&gt;/s);
  await ada.send(path, { comment: "A comment" }, `${path}/comments`);
  const commented = await next(messages);
  assert.equal(commented.event, "commented");
  assert.match(commented.data.html, /1 comment</);
  await ada.send(`${path}/delete`, {});
  assert.deepEqual(await next(messages), { event: "gone", data: { id: posted.data.id } });
  await messages.return();
});

test("a live card does not show a private picture", {
  timeout: TIMEOUT,
}, async () => {
  const messages = messagesOf(other);
  const first = next(messages);
  await ada.post({ title: "With a private picture", picture: file(PNG), private: "yes" });
  assert.doesNotMatch((await first).data.html, /pictures/);
  await messages.return();
});

test("a worker at its limit of streams refuses more until one ends", {
  timeout: TIMEOUT,
}, async () => {
  const open = () => one.site.request("/events");
  const streams = [await open(), await open(), await open()];
  const refused = await open();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "5");
  await streams[0]?.body?.cancel();
  const taken = await open();
  assert.equal(taken.status, 200);
  for (const { body } of [taken, ...streams.slice(1)]) await body?.cancel();
});

const clients = { busy: { "x-forwarded-for": "2001:db8::1" }, other: { "x-forwarded-for": "::1" } };

test("a client and a user can have a limited number of live pages, and others still get theirs", {
  timeout: TIMEOUT,
}, async () => {
  const open = async (headers: Record<string, string>) =>
    strict.site.request("/events", { headers });
  const session = { cookie: `session=${ada.cookies.get("session")}` };
  const own = [
    await open({ ...session, ...clients.busy }),
    await open({ ...session, ...clients.other }),
  ];
  const third = await open({ ...session, ...clients.other });
  assert.deepEqual([third.status, third.headers.get("retry-after")], [429, "60"]);
  const guests = [await open(clients.busy), await open({ "x-forwarded-for": "2001:db8::2" })];
  const refused = await open({ "x-forwarded-for": "2001:db8::3" });
  assert.equal(refused.status, 429);
  assert.match(await refused.text(), /<h1>Too many requests.*too many live pages open/s);
  guests.push(await open(clients.other));
  assert.equal(guests.at(-1)?.status, 200);
  for (const { body } of [...own, ...guests]) await body?.cancel();
  const again = await open(clients.busy);
  assert.equal(again.status, 200);
  await again.body?.cancel();
});

async function listen({ application }: TestSite): Promise<string> {
  const adapter = crossws({ hooks: application.websocket });
  const server = createServer(async (request, response) => {
    await sendNodeResponse(
      response,
      await application.site.fetch(new NodeRequest({ req: request })),
    );
  });
  server.on("upgrade", (request, socket, head) =>
    adapter.handleUpgrade(request, socket, head, new NodeRequest({ req: request })),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    adapter.closeAll(undefined, undefined, true);
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const addresses = {
  one: await listen(one),
  other: await listen(other),
  strict: await listen(strict),
};

/** Connects a reader. */
function read(address: string, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://${address}${path}/readers`, { headers });
  const news = new EventEmitter();
  let latest = "";
  socket.addEventListener("message", ({ data }) => {
    latest = data;
    news.emit("message");
  });
  /** Waits for the message that these users, and so many guests, are reading. */
  const sees = async (names: string[], guests: number) => {
    while (latest !== JSON.stringify({ names, guests })) await once(news, "message");
  };
  return { socket, sees };
}

/** The status of a WebSocket handshake. A connection that opens is closed at once. */
async function handshake(address: string, path: string, headers: Record<string, string>) {
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const sent = request(`http://${address}${path}/readers`, { headers: { ...upgrade, ...headers } });
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  sent.once("response", (response) => resolve(response.resume().statusCode));
  sent.once("upgrade", (response, socket) => {
    socket.destroy();
    resolve(response.statusCode);
  });
  sent.once("error", reject).end();
  return await promise;
}

test("readers of a notice see each other, on any worker", {
  timeout: TIMEOUT,
}, async () => {
  const path = await ada.post({ title: "Much read" });
  const cookie = `session=${ada.cookies.get("session")}`;
  const first = read(addresses.one, path);
  await first.sees([], 1);
  const both = first.sees(["Ada"], 1);
  const second = read(addresses.other, path, { cookie });
  await Promise.all([both, second.sees(["Ada"], 1)]);
  const third = read(addresses.other, path, { cookie });
  await third.sees(["Ada"], 1);
  const alone = first.sees([], 1);
  second.socket.close();
  third.socket.close();
  await alone;
  first.socket.close();
});

test("a client can have a limited number of WebSockets, and so can a worker", {
  timeout: TIMEOUT,
}, async () => {
  const path = await ada.post({ title: "Crowded" });
  const open = async (headers: Record<string, string>) => {
    const { socket } = read(addresses.strict, path, headers);
    await once(socket, "open");
    return socket;
  };
  const at = (headers: Record<string, string>) => handshake(addresses.strict, path, headers);
  const watching = read(addresses.one, path);
  const busy = [await open(clients.busy), await open(clients.busy), await open(clients.busy)];
  await watching.sees([], 4);
  assert.equal(await at(clients.busy), 429);
  await open(clients.other);
  await watching.sees([], 5);
  assert.equal(await at({ "x-forwarded-for": "192.0.2.1" }), 503);
  for (const socket of busy) socket.close();
  await watching.sees([], 2);
  assert.equal(await at(clients.busy), 101);
});

test("a handshake from another site gets 403, one for an unknown notice 404", {
  timeout: TIMEOUT,
}, async () => {
  const path = await ada.post();
  const own = { origin: `http://${addresses.one}` };
  assert.equal(await handshake(addresses.one, path, own), 101);
  assert.equal(await handshake(addresses.one, path, { origin: "https://evil.test" }), 403);
  assert.equal(await handshake(addresses.one, "/notices/999999", own), 404);
});

test("a draining worker ends its streams, opens no new ones, and removes its readers", {
  timeout: TIMEOUT,
}, async () => {
  const path = await ada.post({ title: "Read to the end" });
  const stays = read(addresses.other, path);
  await stays.sees([], 1);
  const both = stays.sees([], 2);
  read(addresses.one, path);
  await both;
  const response = await one.site.request("/events");
  one.drain();
  assert.match(await response.text(), /^retry: \d+\n\n/, "the stream ends");
  assert.equal((await one.site.request("/events")).status, 503);
  const alone = stays.sees([], 1);
  await one.application.close();
  await alone;
  stays.socket.close();
});
