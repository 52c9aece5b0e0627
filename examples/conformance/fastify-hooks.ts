/** Fastify that closes what it holds when it is stopped. */
import Fastify from "fastify";

const app = Fastify();

app.get("/", () => "Hello world, from Fastify");

app.addHook("onClose", async () => {
  console.error("the pool is closed");
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "0.0.0.0" });

process.once("SIGTERM", async () => {
  await app.close();
  process.exit(0);
});
