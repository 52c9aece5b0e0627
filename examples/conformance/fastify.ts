/** Fastify, as its users write it: the entry listens itself; @fastify/websocket speaks WebSocket. */
import { Readable } from "node:stream";
import websocket from "@fastify/websocket";
import fastify from "fastify";
import { count, pieces } from "../bodies.ts";
import { broken, events } from "./endless.ts";

const app = fastify({ bodyLimit: 64 * 1024 * 1024 });
const held: (() => void)[] = [];
let waiting = 0;
let left = 0;

await app.register(websocket);

// Bodies stay streams: what a route does not read is not parsed.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

app.get("/json", () => ({ hello: "world" }));

app.all("/echo", (request, reply) => {
  reply.type(request.headers["content-type"] ?? "application/octet-stream");
  return reply.send(request.body ?? "");
});

app.post("/upload", async (request) => ({ bytes: await count(request.body as Readable) }));

app.post("/hold", async (request) => {
  await new Promise<void>((released) => held.push(released));
  return { bytes: await count(request.body as Readable) };
});

app.post("/release", (_request, reply) => {
  for (const release of held.splice(0)) release();
  return reply.code(202).send();
});

app.post("/unread", () => "not read");

app.get("/stream", (_request, reply) => reply.type("text/plain").send(Readable.from(pieces())));

app.get("/events", (_request, reply) => {
  return reply.type("text/event-stream").send(Readable.from(events()));
});

app.get("/wait", (_request, reply) => {
  waiting++;
  reply.raw.on("close", () => left++);
  return new Promise(() => undefined);
});

app.get("/left", () => ({ waiting, left }));

app.get("/cookies", (_request, reply) => {
  return reply.header("Set-Cookie", "a=1").header("Set-Cookie", "b=2").send("two");
});

app.get("/fields", (request, reply) => {
  return reply.header("X-Word", ["one", "two"]).send({ word: request.headers["x-word"] });
});

app.get("/empty", (_request, reply) => reply.code(204).send());

app.get("/unchanged", (_request, reply) => reply.header("ETag", '"1"').code(304).send());

app.get("/throws", () => {
  throw new Error("thrown before the head");
});

app.get("/breaks", (_request, reply) => reply.type("text/plain").send(Readable.from(broken())));

app.get("/socket", { websocket: true }, (socket) => {
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (!isBinary && String(data) === "close") socket.close(4000, "as asked");
    else socket.send(data, { binary: isBinary });
  });
});

await app.listen({ port: Number(process.env.PORT ?? 3000) });
