/** h3, the server of Nitro and Nuxt. */
import { Readable } from "node:stream";
import type { Hooks } from "crossws";
import { plugin as websocket } from "crossws/server";
import {
  defineWebSocketHandler,
  getCookie,
  H3,
  html,
  readBody,
  redirect,
  serve,
  setCookie,
} from "h3";
import { count, pieces } from "./bodies.ts";

const app = new H3();

app.get("/", () => html`<h1>Hello world, from h3</h1>`);

app.get("/json", () => ({ hello: "world" }));

app.post("/greet", async (event) => {
  const body = await readBody<{ name: string }>(event);
  return { hello: body?.name };
});

app.post("/upload", async (event) => ({ bytes: await count(event.req.body ?? []) }));

app.get("/old", () => redirect("/"));

app.get("/visits", (event) => {
  const visits = Number(getCookie(event, "visits") ?? 0) + 1;
  setCookie(event, "visits", String(visits), { httpOnly: true, sameSite: "lax" });
  return { visits };
});

app.get("/stream", () => Readable.toWeb(Readable.from(pieces())));

app.get("/throws", () => {
  throw new Error("thrown by a route");
});

app.get(
  "/socket",
  defineWebSocketHandler({ message: (peer, message) => void peer.send(message.text()) }),
);

const resolve = async (request: Request) => {
  const response: Response & { crossws?: Partial<Hooks> } = await app.fetch(request);
  return response.crossws ?? {};
};
const server = serve(app, {
  port: Number(process.env.PORT ?? 3000),
  gracefulShutdown: false,
  plugins: [websocket({ resolve })],
});

process.once("SIGTERM", async () => {
  await server.close();
  console.error("h3 is closed");
});
