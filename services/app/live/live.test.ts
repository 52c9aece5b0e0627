import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import crossws from "crossws/adapters/node";
import { NodeRequest, sendNodeResponse } from "srvx/node";
import { file, PNG } from "../testing/pictures.ts";
import { createTestSite, openTestDatabase, type TestSite } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

/** Milliseconds; an event takes a few. */
const PATIENCE = 10_000;

// Two workers of one site: they share nothing but the database.
const embedded = await openTestDatabase();
const shared = { ...embedded, close: () => Promise.resolve() };
const one = createTestSite(shared, { APP_LIVE_STREAMS: "3" });
const other = createTestSite(embedded);
const ada = await new Visitor(one.site).signUp("Ada");

/** The messages of a worker's event stream, as they come. */
async function* messagesOf({ site }: TestSite) {
  const answer = await site.request("/events");
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  let text = "";
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
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

test("a page that one worker serves hears what was posted to another", {
  timeout: PATIENCE,
}, async () => {
  const messages = messagesOf(other);
  const first = next(messages);
  const path = await ada.post({ title: "Heard <everywhere>", body: "News" });
  const posted = await first;
  assert.equal(posted.event, "posted");
  assert.equal(`/notices/${posted.data.id}`, path);
  assert.match(posted.data.html, /^<li class="card" .*Heard &lt;everywhere&gt;/s);
  await ada.send(path, { comment: "So do comments" }, `${path}/comments`);
  const commented = await next(messages);
  assert.equal(commented.event, "commented");
  assert.match(commented.data.html, /1 comment</);
  await ada.send(`${path}/delete`, {});
  assert.deepEqual(await next(messages), { event: "gone", data: { id: posted.data.id } });
  await messages.return();
});

test("a private picture is on no card that is sent to everybody", {
  timeout: PATIENCE,
}, async () => {
  const messages = messagesOf(other);
  const first = next(messages);
  await ada.post({ title: "With a secret", picture: file(PNG), private: "yes" });
  assert.doesNotMatch((await first).data.html, /pictures/);
  await messages.return();
});

test("a worker that keeps enough streams refuses more, and has room when one ends", {
  timeout: PATIENCE,
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

const addresses = { one: await listen(one), other: await listen(other) };

/** Opens a connection of a reader. */
function read(address: string, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://${address}${path}/readers`, { headers });
  const news = new EventEmitter();
  let latest = "";
  socket.addEventListener("message", ({ data }) => {
    latest = data;
    news.emit("message");
  });
  /** Waits until it is told that these, and so many guests, are reading. */
  const told = async (names: string[], guests: number) => {
    while (latest !== JSON.stringify({ names, guests })) await once(news, "message");
  };
  return { socket, told };
}

test("those who read a notice hear of each other, on whichever worker", {
  timeout: PATIENCE,
}, async () => {
  const path = await ada.post({ title: "Much read" });
  const cookie = `session=${ada.cookies.get("session")}`;
  const first = read(addresses.one, path);
  await first.told([], 1);
  const both = first.told(["Ada"], 1);
  const second = read(addresses.other, path, { cookie });
  await Promise.all([both, second.told(["Ada"], 1)]);
  const third = read(addresses.other, path, { cookie });
  await third.told(["Ada"], 1);
  const alone = first.told([], 1);
  second.socket.close();
  third.socket.close();
  await alone;
  first.socket.close();
});

test("another site gets no connection, and an unknown notice has none", {
  timeout: PATIENCE,
}, async () => {
  const path = await ada.post();
  const strange = read(addresses.one, path, { origin: "https://evil.test" });
  await once(strange.socket, "error");
  await once(read(addresses.one, "/notices/999999").socket, "error");
});

test("a worker that drains ends its streams, takes no new ones, and forgets its readers", {
  timeout: PATIENCE,
}, async () => {
  const path = await ada.post({ title: "Read to the end" });
  const stays = read(addresses.other, path);
  await stays.told([], 1);
  const both = stays.told([], 2);
  read(addresses.one, path);
  await both;
  const answer = await one.site.request("/events");
  one.drain();
  assert.match(await answer.text(), /^retry: \d+\n\n/, "the stream ends");
  assert.equal((await one.site.request("/events")).status, 503);
  const alone = stays.told([], 1);
  await one.application.close();
  await alone;
  stays.socket.close();
});
