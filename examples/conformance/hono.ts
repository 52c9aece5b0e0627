/** Hono: its `fetch` is the application, and crossws hooks beside it speak WebSocket. */
import { setTimeout as pause } from "node:timers/promises";
import type { Hooks } from "crossws";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { streamSSE, streamText } from "hono/streaming";
import { count } from "../bodies.ts";
import { broken } from "./endless.ts";

const app = new Hono();
const held: (() => void)[] = [];
let waiting = 0;
let left = 0;

app.get("/json", (c) => c.json({ hello: "world" }));

app.all("/echo", async (c) => {
  const type = c.req.header("Content-Type") ?? "application/octet-stream";
  return c.body(await c.req.arrayBuffer(), 200, { "Content-Type": type });
});

app.post("/upload", async (c) => c.json({ bytes: await count(c.req.raw.body ?? []) }));

app.post("/hold", async (c) => {
  await new Promise<void>((released) => held.push(released));
  return c.json({ bytes: await count(c.req.raw.body ?? []) });
});

app.post("/release", (c) => {
  for (const release of held.splice(0)) release();
  return c.body(null, 202);
});

app.post("/unread", (c) => c.text("not read"));

app.get("/stream", (c) =>
  streamText(c, async (text) => {
    for (let piece = 1; piece <= 5; piece++) {
      await pause(50);
      await text.writeln(`piece ${piece}`);
    }
  }),
);

app.get("/events", (c) =>
  streamSSE(c, async (events) => {
    while (!events.aborted) {
      await events.writeSSE({ data: String(Date.now()) });
      await pause(50);
    }
  }),
);

app.get("/wait", async (c) => {
  waiting++;
  await new Promise((gone) => c.req.raw.signal.addEventListener("abort", gone));
  left++;
  return c.body(null);
});

app.get("/left", (c) => c.json({ waiting, left }));

app.get("/cookies", (c) => {
  setCookie(c, "a", "1");
  setCookie(c, "b", "2");
  return c.text("two");
});

app.get("/fields", (c) => {
  c.header("X-Word", "one");
  c.header("X-Word", "two", { append: true });
  return c.json({ word: c.req.header("X-Word") });
});

app.get("/empty", (c) => c.body(null, 204));

app.get("/unchanged", (c) => c.body(null, 304, { ETag: '"1"' }));

app.get("/throws", () => {
  throw new Error("thrown before the head");
});

app.get("/breaks", (c) => c.body(ReadableStream.from(broken())));

const websocket: Partial<Hooks> = {
  upgrade: (request) => {
    if (new URL(request.url).pathname !== "/socket") return new Response(null, { status: 404 });
  },
  message: (peer, message) => {
    if (message.rawData === "close") peer.close(4000, "as asked");
    else peer.send(message.rawData);
  },
};

export default { fetch: app.fetch, websocket };
