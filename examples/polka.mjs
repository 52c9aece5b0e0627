/** Polka, the server under SvelteKit's Node adapter, in plain JavaScript; `ws` shares its server. */
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import polka from "polka";
import { WebSocketServer } from "ws";
import { count, pieces } from "./bodies.ts";

const app = polka({
  onNoMatch: (_request, response) => response.writeHead(404).end("There is no such page.\n"),
  onError: (error, _request, response) => {
    console.error(error);
    response.writeHead(500).end("Something went wrong.\n");
  },
});

function send(response, value) {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

app.get("/", (_request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end("<h1>Hello world, from Polka</h1>");
});

app.get("/json", (_request, response) => send(response, { hello: "world" }));

app.post("/greet", async (request, response) => {
  const { name } = await json(request);
  send(response, { hello: name });
});

app.post("/upload", async (request, response) => send(response, { bytes: await count(request) }));

app.get("/old", (_request, response) => response.writeHead(302, { Location: "/" }).end());

app.get("/visits", (request, response) => {
  const visits = Number(/visits=(\d+)/.exec(request.headers.cookie ?? "")?.[1] ?? 0) + 1;
  response.setHeader("Set-Cookie", `visits=${visits}; HttpOnly; SameSite=Lax`);
  send(response, { visits });
});

app.get("/stream", (_request, response) => pipeline(pieces(), response));

app.get("/throws", (_request, _response, next) => next(new Error("thrown by a route")));

const { server } = app.listen(process.env.PORT ?? 3000);

new WebSocketServer({ server, path: "/socket" }).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(String(data)));
});

process.once("SIGTERM", () => server.close(() => console.error("Polka is closed")));
