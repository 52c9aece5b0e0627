/** A server of Node's own, without a framework. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { WebSocketServer } from "ws";
import { count, pieces } from "./bodies.ts";

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  "GET /": (_request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end("<h1>Hello world, from Node</h1>");
  },
  "GET /json": (_request, response) => send(response, { hello: "world" }),
  "POST /greet": async (request, response) => {
    const { name } = (await json(request)) as { name: string };
    send(response, { hello: name });
  },
  "POST /upload": async (request, response) => send(response, { bytes: await count(request) }),
  "GET /old": (_request, response) => response.writeHead(302, { Location: "/" }).end(),
  "GET /visits": (request, response) => {
    const visits = Number(/visits=(\d+)/.exec(request.headers.cookie ?? "")?.[1] ?? 0) + 1;
    response.setHeader("Set-Cookie", `visits=${visits}; HttpOnly; SameSite=Lax`);
    send(response, { visits });
  },
  "GET /stream": (_request, response) => pipeline(pieces(), response),
  "GET /throws": () => {
    throw new Error("thrown by a route");
  },
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const route = routes[`${request.method} ${pathname}`];
  if (route === undefined) return response.writeHead(404).end("There is no such page.\n");
  try {
    await route(request, response);
  } catch (error) {
    console.error(error);
    if (response.headersSent) return response.destroy();
    response.writeHead(500).end("Something went wrong.\n");
  }
});

function send(response: ServerResponse, value: object): void {
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));
}

new WebSocketServer({ server, path: "/socket" }).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(String(data)));
});

server.listen(process.env.PORT ?? 3000);
process.once("SIGTERM", () => server.close(() => console.error("the server is closed")));
