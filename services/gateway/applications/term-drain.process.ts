import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startGateway, verb, writeModules } from "../testing/gateway-process.ts";

/** TERM listeners are called after half of it. */
const FLAGS = ["--workers=1", "--health-path=off", "--graceful-timeout=4000"];

/** A request ends a little after the TERM listeners were called. It says whether the application was shut down by then. */
const PARTS = `import { createServer } from "node:http";
  let isShutDown = false;
  const shutdown = () => { isShutDown = true; console.error("shutdown"); };
  const listener = (request, response) => {
    response.write("begun ");
    process.once("SIGTERM", () => {
      console.error("term");
      setTimeout(() => response.end(isShutDown ? "without its database" : "ended"), 300);
    });
  };`;

async function serving(t: TestContext, source: string, { lameDuck = 0, name = "" } = {}) {
  const folder = await writeModules(t, { "app.mjs": PARTS + source });
  const gateway = startGateway(
    t,
    join(folder, `app.mjs${name}`),
    ...FLAGS,
    `--lame-duck=${lameDuck}`,
  );
  const url = await gateway.ready();
  return { gateway, response: await fetch(url) };
}

for (const name of ["", ":listener"]) {
  test(`a server of app.mjs${name} that is closed at TERM emits 'close' once its requests have ended`, async (t) => {
    const { gateway, response } = await serving(
      t,
      `const server = createServer(listener).listen(process.env.PORT);
       process.on("SIGTERM", () => server.close(() => process.exit(0)));
       export { listener };`,
      { name },
    );
    gateway.child.kill("SIGTERM");
    assert.equal(await response.text(), "begun ended");
    assert.deepEqual(await gateway.exited, [0, null]);
    assert.ok(gateway.lines.some(({ cause }) => cause === "retired"));
  });
}

test("what the application does at TERM and in its shutdown may wait for the same 'close'", async (t) => {
  const { gateway, response } = await serving(
    t,
    `const server = createServer(listener).listen(3000);
     const stop = () => new Promise((closed) => server.close(closed));
     process.on("SIGTERM", () => stop().then(() => console.error("closed")));
     export { stop as shutdown };`,
  );
  gateway.child.kill("SIGTERM");
  assert.equal(await response.text(), "begun ended");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.ok(gateway.lines.some(({ cause }) => cause === "retired"));
  assert.equal(gateway.stderr, "term\nclosed\n");
});

test("a request that ends after TERM finds its application, is counted, and has its access line", async (t) => {
  const { gateway, response } = await serving(t, "export default listener; export { shutdown };");
  const reloaded = verb(gateway, "reload");
  assert.equal(await response.text(), "begun ended");
  assert.equal((await reloaded).code, 0);
  assert.equal(gateway.stderr, "term\nshutdown\n");
  assert.ok(gateway.lines.some(({ message }) => message === "access"));
  const metrics = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  assert.match(metrics, /^gateway_requests_total\{status="2xx"\} 1$/m);
});

test("a worker that is to end sooner than it was told first calls TERM listeners in time", async (t) => {
  const { gateway, response } = await serving(t, "export default listener;", { lameDuck: 60_000 });
  const reloaded = verb(gateway, "reload");
  await gateway.line(({ message }) => message === "worker retires");
  // The second one ends the lame-duck time.
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  gateway.child.kill("SIGTERM");
  assert.equal(await response.text(), "begun ended");
  assert.deepEqual(await gateway.exited, [0, null]);
  await reloaded;
});

test("a request that does not end costs the application neither its TERM listeners nor its shutdown", async (t) => {
  const { gateway, response } = await serving(
    t,
    `export default (request, response) => response.write("begun ");
     process.on("SIGTERM", () => console.error("term"));
     export { shutdown };`,
  );
  gateway.child.kill("SIGTERM");
  await assert.rejects(response.text());
  const [code] = await gateway.exited;
  assert.equal(code, 0);
  assert.equal(gateway.stderr, "term\nshutdown\n");
});
