import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startGateway, temporaryFolder } from "../testing/gateway-process.ts";

test("TERM does not wait for a worker that is still starting", { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const app = join(folder, "app.mjs");
  writeFileSync(app, 'console.log(JSON.stringify({ message: "starting" })); while (true);');
  const timeouts = ["--boot-timeout=600000", "--graceful-timeout=600000"];
  const gateway = startGateway(t, app, "--workers=1", ...timeouts);
  await gateway.line(({ message }) => message === "starting");
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  const ended = gateway.lines.find(({ message }) => message === "worker ended");
  assert.equal(ended?.cause, "quick stop");
});

test("TERM does not wait for a worker where connections wait for one", {
  timeout: 120_000,
}, async (t) => {
  const folder = temporaryFolder(t);
  const app = join(folder, "app.mjs");
  writeFileSync(
    app,
    `import { createServer } from "node:http";
     import { existsSync, writeFileSync } from "node:fs";
     const before = ${JSON.stringify(join(folder, "before"))};
     if (existsSync(before)) console.log(JSON.stringify({ message: "again" }));
     while (existsSync(before));
     writeFileSync(before, "");
     createServer(() => process.exit(1)).listen(process.env.PORT);`,
  );
  const flags = ["--boot-timeout=600000", "--graceful-timeout=600000", "--health-path=off"];
  const gateway = startGateway(t, app, "--workers=1", ...flags);
  const url = await gateway.ready();
  await assert.rejects(fetch(url));
  const waits = assert.rejects(fetch(url));
  await gateway.line(({ message }) => message === "again");
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  await waits;
});

test("a reload starts a worker that a back-off holds back, and does not replace it again", async (t) => {
  const app = join(temporaryFolder(t), "app.mjs");
  writeFileSync(app, 'throw new Error("broken");');
  const gateway = startGateway(t, app, "--workers=1");
  // After the sixth crash the back-off is 3.2 s: the reload begins within it.
  await gateway.line(({ message }) => message === "worker died", 6);
  writeFileSync(app, 'export default (_, response) => response.end("ok");');
  gateway.child.kill("SIGHUP");
  await gateway.line(({ message }) => message === "reload done");
  assert.equal(await (await fetch(await gateway.ready())).text(), "ok");
  const states = gateway.lines.filter(({ message, to }) => message === "worker state" && to);
  const ready = states.filter(({ to }) => to === "ready");
  assert.deepEqual(
    ready.map(({ generation }) => generation),
    [2],
  );
  assert.ok(!states.some(({ to }) => to === "retiring"));
});
