// Express 5 with pino-http, pg and EJS, as their documentation shows them.
import { randomUUID } from "node:crypto";
import ejs from "ejs";
import express from "express";
import pg from "pg";
import { pinoHttp } from "pino-http";

const { LOGS, BUSY_MS = "0", DATABASE_URL, PORT } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const large = Buffer.alloc(10 * 1024 * 1024, "gatehouse ");
const STEPS = 20_000;
let measured;
const app = express();
app.engine("ejs", ejs.renderFile);
app.set("views", import.meta.dirname);
app.set("view engine", "ejs");
app.set("trust proxy", 1);
app.disable("x-powered-by");
if (LOGS === "on") {
  app.use(pinoHttp({ genReqId: (request) => request.headers["x-request-id"] ?? randomUUID() }));
}
if (BUSY_MS !== "0") app.use(busy);

app.get("/plain", (_request, response) => {
  response.type("text/plain").send("Hello, World!");
});

app.get("/json", (_request, response) => {
  response.json({ message: "Hello, World!" });
});

app.get("/fortunes", async (_request, response) => {
  const { rows } = await pool.query({ name: "fortunes", text: "SELECT id, message FROM fortune" });
  rows.push({ id: 0, message: "Additional fortune added at request time." });
  rows.sort((a, b) => (a.message < b.message ? -1 : 1));
  response.render("fortunes", { fortunes: rows });
});

app.get("/down", (_request, response) => {
  // Not `send`, which would make an ETag of 10 MB.
  response.type("application/octet-stream").set("Content-Length", String(large.length)).end(large);
});

app.post("/up", async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.json({ bytes });
});

app.listen(Number(PORT));

/** For the proof of the harness: what costs more must be shown as costing more. */
function busy(_request, _response, next) {
  work(stepsOf(Number(BUSY_MS)));
  next();
}

function work(steps) {
  let number = 1;
  for (let step = 0; step < steps; step += 1) number = Math.sqrt(number + step);
  return number;
}

/**
 * How many steps take so long. Measured once, as the quickest of many: on a busy machine the clock goes on while
 * others run, and Node's own reading of processor time is as coarse as the kernel's tick.
 */
function stepsOf(milliseconds) {
  measured ??= Math.min(...Array.from({ length: 200 }, time)) / STEPS;
  return milliseconds / measured;
}

function time() {
  const start = performance.now();
  work(STEPS);
  return performance.now() - start;
}
