/** The same application in every Node chain: Hono with `postgres`. Its export has `fetch`. */
import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { html } from "hono/html";
import postgres from "postgres";

interface Fortune {
  readonly id: number;
  readonly message: string;
}

const { DATABASE_URL = "", DATABASE_PASSWORD_FILE: file } = process.env;
const sql = postgres(DATABASE_URL, {
  max: 10,
  ...(file === undefined ? {} : { password: readFileSync(file, "utf8").trim() }),
});
const large = Buffer.alloc(10 * 1024 * 1024, "gatehouse ");
const app = new Hono();

app.get("/plain", (c) => c.text("Hello, World!"));

app.get("/json", (c) => c.json({ message: "Hello, World!" }));

app.get("/fortunes", async (c) => {
  const rows = [...(await sql<Fortune[]>`SELECT id, message FROM fortune`)];
  rows.push({ id: 0, message: "Additional fortune added at request time." });
  rows.sort((a, b) => (a.message < b.message ? -1 : 1));
  const lines = rows.map(({ id, message }) => html`<tr><td>${id}</td><td>${message}</td></tr>`);
  return c.html(
    html`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>${lines}</table></body></html>`,
  );
});

app.get("/down", (c) =>
  c.body(large, 200, {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(large.length),
  }),
);

app.post("/up", async (c) => {
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) bytes += chunk.length;
  return c.json({ bytes });
});

export default app;
