/** Hapi, with its own graceful stop. */
import { Readable } from "node:stream";
import hapi from "@hapi/hapi";
import { count, pieces } from "./bodies.ts";

const server = hapi.server({ port: process.env.PORT ?? 3000 });

server.route({ method: "GET", path: "/", handler: () => "<h1>Hello world, from Hapi</h1>" });

server.route({ method: "GET", path: "/json", handler: () => ({ hello: "world" }) });

server.route<{ Payload: { name: string } }>({
  method: "POST",
  path: "/greet",
  handler: ({ payload }) => ({ hello: payload.name }),
});

server.route<{ Payload: Readable }>({
  method: "POST",
  path: "/upload",
  options: { payload: { output: "stream", parse: false, maxBytes: 64 * 1024 ** 2 } },
  handler: async ({ payload }) => ({ bytes: await count(payload) }),
});

server.route({ method: "GET", path: "/old", handler: (_request, h) => h.redirect("/") });

server.state("visits", { isSecure: false, isHttpOnly: true, isSameSite: "Lax", path: "/" });
server.route({
  method: "GET",
  path: "/visits",
  handler: ({ state }, h) => {
    const visits = Number(state.visits ?? 0) + 1;
    return h.response({ visits }).state("visits", String(visits));
  },
});

server.route({
  method: "GET",
  path: "/stream",
  handler: (_request, h) =>
    h.response(Readable.from(pieces(), { objectMode: false })).type("text/plain"),
});

server.route({
  method: "GET",
  path: "/throws",
  handler: () => {
    throw new Error("thrown by a route");
  },
});

server.ext("onPostStop", () => console.error("Hapi has stopped"));

await server.start();

process.on("SIGTERM", async () => {
  await server.stop({ timeout: 5000 });
  process.exit(0);
});
