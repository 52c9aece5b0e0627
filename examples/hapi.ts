/** Hapi, with its own graceful stop. */
import hapi from "@hapi/hapi";

const server = hapi.server({ port: process.env.PORT ?? 3000 });

server.route({ method: "GET", path: "/", handler: () => ({ hello: "world" }) });
server.ext("onPostStop", () => console.error("Hapi has stopped"));

await server.start();

process.on("SIGTERM", async () => {
  await server.stop({ timeout: 5000 });
  process.exit(0);
});
