/** Express, as its users write it: the entry listens itself, and `ws` shares its server. */
import express from "express";
import { WebSocketServer } from "ws";
import { count } from "../bodies.ts";

const app = express();
const held: (() => void)[] = [];
let waiting = 0;
let left = 0;

app.get("/json", (_request, response) => {
  response.json({ hello: "world" });
});

app.all("/echo", express.raw({ type: () => true }), (request, response) => {
  response.set("Content-Type", request.get("Content-Type") ?? "application/octet-stream");
  response.send(request.body ?? "");
});

app.post("/upload", async (request, response) => {
  response.json({ bytes: await count(request) });
});

app.post("/hold", async (request, response) => {
  await new Promise<void>((released) => held.push(released));
  response.json({ bytes: await count(request) });
});

app.post("/release", (_request, response) => {
  for (const release of held.splice(0)) release();
  response.sendStatus(202);
});

app.post("/unread", (_request, response) => {
  response.send("not read");
});

app.get("/stream", (_request, response) => {
  let piece = 0;
  const timer = setInterval(() => {
    response.write(`piece ${++piece}\n`);
    if (piece === 5) response.end();
  }, 50);
  response.on("close", () => clearInterval(timer));
});

app.get("/events", (_request, response) => {
  response.set("Content-Type", "text/event-stream").flushHeaders();
  const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), 50);
  response.on("close", () => clearInterval(timer));
});

app.get("/wait", (_request, response) => {
  waiting++;
  response.on("close", () => left++);
});

app.get("/left", (_request, response) => {
  response.json({ waiting, left });
});

app.get("/cookies", (_request, response) => {
  response.cookie("a", "1").cookie("b", "2").send("two");
});

app.get("/fields", (request, response) => {
  response
    .append("X-Word", "one")
    .append("X-Word", "two")
    .json({ word: request.get("X-Word") });
});

app.get("/empty", (_request, response) => {
  response.sendStatus(204);
});

app.get("/unchanged", (_request, response) => {
  response.set("ETag", '"1"').status(304).end();
});

app.get("/throws", () => {
  throw new Error("thrown before the head");
});

app.get("/breaks", (_request, response, next) => {
  response.write("begun\n", () => next(new Error("thrown after the head")));
});

const server = app.listen(Number(process.env.PORT ?? 3000));

new WebSocketServer({ server, path: "/socket" }).on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    if (!isBinary && String(data) === "close") socket.close(4000, "as asked");
    else socket.send(data, { binary: isBinary });
  });
});
