/** Koa, as its users write it: the entry listens itself, and `ws` shares its server. */
import { Readable } from "node:stream";
import Koa, { type Context } from "koa";
import { WebSocketServer } from "ws";
import { count, pieces } from "../bodies.ts";
import { broken, events } from "./endless.ts";

const app = new Koa();
const held: (() => void)[] = [];
let waiting = 0;
let left = 0;

const routes: Record<string, (context: Context) => unknown> = {
  "/json": (context) => {
    context.body = { hello: "world" };
  },
  "/echo": (context) => {
    context.type = context.get("Content-Type") || "application/octet-stream";
    context.body = context.req;
  },
  "/upload": async (context) => {
    context.body = { bytes: await count(context.req) };
  },
  "/hold": async (context) => {
    await new Promise<void>((released) => held.push(released));
    context.body = { bytes: await count(context.req) };
  },
  "/release": (context) => {
    for (const release of held.splice(0)) release();
    context.status = 202;
  },
  "/unread": (context) => {
    context.body = "not read";
  },
  "/stream": (context) => {
    context.type = "text";
    context.body = Readable.from(pieces());
  },
  "/events": (context) => {
    context.type = "text/event-stream";
    context.body = Readable.from(events());
  },
  "/wait": async (context) => {
    waiting++;
    context.res.on("close", () => left++);
    await new Promise(() => undefined);
  },
  "/left": (context) => {
    context.body = { waiting, left };
  },
  "/cookies": (context) => {
    context.cookies.set("a", "1").set("b", "2");
    context.body = "two";
  },
  "/fields": (context) => {
    context.append("X-Word", ["one", "two"]);
    context.body = { word: context.get("X-Word") };
  },
  "/empty": (context) => {
    context.status = 204;
  },
  "/unchanged": (context) => {
    context.set("ETag", '"1"');
    context.status = 304;
  },
  "/throws": () => {
    throw new Error("thrown before the head");
  },
  "/breaks": (context) => {
    context.type = "text";
    context.body = Readable.from(broken());
  },
};

app.use((context) => routes[context.path]?.(context));

const server = app.listen(Number(process.env.PORT ?? 3000));

new WebSocketServer({ server, path: "/socket" }).on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    if (!isBinary && String(data) === "close") socket.close(4000, "as asked");
    else socket.send(data, { binary: isBinary });
  });
});
