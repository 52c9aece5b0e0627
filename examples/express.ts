/** Express, as its users write it: the entry listens itself, and `ws` shares its server. */
import { pipeline } from "node:stream/promises";
import express from "express";
import { WebSocketServer } from "ws";
import { count, pieces } from "./bodies.ts";

const app = express();

app.get("/", (_request, response) => {
  response.send("<h1>Hello world, from Express</h1>");
});

app.get("/json", (_request, response) => {
  response.json({ hello: "world" });
});

app.post("/greet", express.json(), (request, response) => {
  response.json({ hello: request.body.name });
});

app.post("/upload", async (request, response) => {
  response.json({ bytes: await count(request) });
});

app.get("/old", (_request, response) => {
  response.redirect("/");
});

app.get("/visits", (request, response) => {
  const visits = Number(/visits=(\d+)/.exec(request.get("Cookie") ?? "")?.[1] ?? 0) + 1;
  response.cookie("visits", visits, { httpOnly: true, sameSite: "lax" }).json({ visits });
});

app.get("/stream", (_request, response) => pipeline(pieces(), response.type("text")));

app.get("/throws", () => {
  throw new Error("thrown by a route");
});

const server = app.listen(process.env.PORT ?? 3000);

new WebSocketServer({ server, path: "/socket" }).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(String(data)));
});

process.once("SIGTERM", () => server.close(() => console.error("Express is closed")));
