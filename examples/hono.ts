/** Hono: its `fetch` is the application; crossws hooks and a shutdown hook stand beside it. */
import { setTimeout as pause } from "node:timers/promises";
import type { Hooks } from "crossws";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { streamText } from "hono/streaming";
import { count } from "./bodies.ts";

const app = new Hono();

app.get("/", (c) => c.html("<h1>Hello world, from Hono</h1>"));

app.get("/json", (c) => c.json({ hello: "world" }));

app.post("/greet", async (c) => {
  const { name } = await c.req.json<{ name: string }>();
  return c.json({ hello: name });
});

app.post("/upload", async (c) => c.json({ bytes: await count(c.req.raw.body ?? []) }));

app.get("/old", (c) => c.redirect("/"));

app.get("/visits", (c) => {
  const visits = Number(getCookie(c, "visits") ?? 0) + 1;
  setCookie(c, "visits", String(visits), { httpOnly: true, sameSite: "Lax" });
  return c.json({ visits });
});

app.get("/stream", (c) =>
  streamText(c, async (text) => {
    for (let piece = 1; piece <= 5; piece++) {
      await pause(50);
      await text.writeln(`piece ${piece}`);
    }
  }),
);

app.get("/throws", () => {
  throw new Error("thrown by a route");
});

const websocket: Partial<Hooks> = {
  upgrade: (request) => {
    if (new URL(request.url).pathname !== "/socket") return new Response(null, { status: 404 });
  },
  message: (peer, message) => {
    peer.send(message.text());
  },
};

const shutdown = () => console.error("Hono is closed");

export default { fetch: app.fetch, websocket, shutdown };
