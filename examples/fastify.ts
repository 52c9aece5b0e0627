/** Fastify, with a plugin for WebSockets and a close hook, which ends what it holds, such as a pool. */
import { Readable } from "node:stream";
import websocket from "@fastify/websocket";
import fastify from "fastify";
import { count, pieces } from "./bodies.ts";

const app = fastify();

await app.register(websocket);

// An upload stays a stream.
app.addContentTypeParser("application/octet-stream", (_request, payload, done) => {
  done(null, payload);
});

app.get("/", (_request, reply) =>
  reply.type("text/html").send("<h1>Hello world, from Fastify</h1>"),
);

app.get("/json", () => ({ hello: "world" }));

app.post<{ Body: { name: string } }>("/greet", ({ body }) => ({ hello: body.name }));

app.post<{ Body: Readable }>("/upload", async ({ body }) => ({ bytes: await count(body) }));

app.get("/old", (_request, reply) => reply.redirect("/"));

app.get("/visits", ({ headers }, reply) => {
  const visits = Number(/visits=(\d+)/.exec(headers.cookie ?? "")?.[1] ?? 0) + 1;
  reply.header("Set-Cookie", `visits=${visits}; HttpOnly; SameSite=Lax`);
  return { visits };
});

app.get("/stream", (_request, reply) => reply.type("text/plain").send(Readable.from(pieces())));

app.get("/throws", () => {
  throw new Error("thrown by a route");
});

app.get("/socket", { websocket: true }, (socket) => {
  socket.on("message", (data: Buffer) => socket.send(String(data)));
});

app.addHook("onClose", async () => {
  console.error("the pool is closed");
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "0.0.0.0" });

process.once("SIGTERM", async () => {
  await app.close();
  process.exit(0);
});
