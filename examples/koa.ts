/** Koa with a router of a few lines; `ws` shares its server. */
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import Koa, { type Context } from "koa";
import { WebSocketServer } from "ws";
import { count, pieces } from "./bodies.ts";

const app = new Koa();

const routes: Record<string, (context: Context) => unknown> = {
  "GET /": (context) => {
    context.body = "<h1>Hello world, from Koa</h1>";
  },
  "GET /json": (context) => {
    context.body = { hello: "world" };
  },
  "POST /greet": async (context) => {
    const { name } = (await json(context.req)) as { name: string };
    context.body = { hello: name };
  },
  "POST /upload": async (context) => {
    context.body = { bytes: await count(context.req) };
  },
  "GET /old": (context) => context.redirect("/"),
  "GET /visits": (context) => {
    const visits = Number(context.cookies.get("visits") ?? 0) + 1;
    context.cookies.set("visits", String(visits), { sameSite: "lax" });
    context.body = { visits };
  },
  "GET /stream": (context) => {
    context.type = "text";
    context.body = Readable.from(pieces());
  },
  "GET /throws": () => {
    throw new Error("thrown by a route");
  },
};

app.use((context) => routes[`${context.method} ${context.path}`]?.(context));

const server = app.listen(process.env.PORT ?? 3000);

new WebSocketServer({ server, path: "/socket" }).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(String(data)));
});

process.once("SIGTERM", () => server.close(() => console.error("Koa is closed")));
