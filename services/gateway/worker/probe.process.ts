import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { startGateway, writeModules } from "../testing/gateway-process.ts";

const FETCH = (body: string) => `export default { fetch: (request) => { ${body} } };`;

/** A listener that fails every request in its own page, and says why on standard error. */
const FAILS = `export default (request, response) => {
  console.error("Error: no such table: notes");
  response.writeHead(503, { "content-type": "text/html" });
  response.end("<h1>Sorry</h1>\\n<p>We are not <b>open</b> yet.</p>");
};`;

/** Milliseconds for the boot: the line must come well before its end. */
const BOOT = stretched(9000);

async function start(t: TestContext, source: string) {
  const app = join(await writeModules(t, { "app.mjs": source }), "app.mjs");
  return startGateway(t, app, "--workers=1", `--boot-timeout=${BOOT}`);
}

const isNotReady = ({ message }: { message?: unknown }) =>
  message === "the application is not ready";

test("an application that fails its probe is said to, once and early, with path, status, its own words and what to do", async (t) => {
  const gateway = await start(t, FAILS);
  const { path, status, reason, level } = await gateway.line(isNotReady);
  assert.equal(
    gateway.lines.find(({ message }) => message === "worker died"),
    undefined,
  );
  assert.deepEqual([level, path, status], ["warn", "/healthz", 503]);
  const said = `GET /healthz has the status 503, "Sorry We are not open yet."; its last words: Error: no such table: notes; `;
  assert.ok(String(reason).startsWith(said), String(reason));
  assert.match(String(reason), /GATEWAY_HEALTH_PATH\) name another path, or off$/);
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.equal(died.reason, reason);
  assert.equal(gateway.lines.filter(isNotReady).length, 1);
});

test("of an application that throws, the error stands in the line", async (t) => {
  const gateway = await start(t, FETCH(`throw new Error("no such table: notes");`));
  const { reason, status } = await gateway.line(isNotReady);
  assert.equal(status, 500);
  assert.match(String(reason), /; it threw: Error: no such table: notes; /);
});

test("one that fails at first and is ready a second later has no such line", async (t) => {
  const source = `const start = Date.now(); ${FETCH("return new Response('', { status: Date.now() - start < 1000 ? 503 : 200 });")}`;
  const gateway = await start(t, source);
  await gateway.ready();
  assert.deepEqual(gateway.lines.filter(isNotReady), []);
});

test("a long page of an error, and one that does not end, are shown from their beginning", async (t) => {
  const long = FETCH("return new Response('x'.repeat(1e6), { status: 500 });");
  const { reason } = await (await start(t, long)).line(isNotReady);
  assert.match(String(reason), /status 500, "x{200}…"; /);
  const endless = FETCH(
    "return new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('soon')) }), { status: 500 });",
  );
  const other = await (await start(t, endless)).line(isNotReady);
  assert.match(String(other.reason), /status 500, "soon"; /);
});
