/** Fastify with close hooks, which end what the application holds, such as a pool or a queue. */
import fastify from "fastify";

const app = fastify();

app.get("/", () => ({ hello: "world" }));

app.addHook("onClose", async () => {
  console.error("the pool is closed");
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "0.0.0.0" });

process.once("SIGTERM", async () => {
  await app.close();
  process.exit(0);
});
