import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { echoed, exampleModule, startGateway, writeModules } from "./testing/gateway-process.ts";

test("an application is started up, made ready, and then asked", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=1");
  const { life, pid } = await echoed(await gateway.ready(), {});
  assert.deepEqual(life, ["startup", "ready"]);
  const line = await gateway.line(({ message }) => message === "application starts");
  assert.deepEqual([line.tier, line.told_pid], ["app", pid]);
});

test("every response carries its request id and how long each tier took", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=1");
  const url = await gateway.ready();
  const sent = { "x-request-id": "order-4711", "x-request-start": `t=${Date.now() - 100}` };
  const { headers } = await fetch(url, { headers: sent });
  assert.equal(headers.get("x-request-id"), "order-4711");
  assert.equal(headers.get("keep-alive"), "timeout=75");
  const timing = headers.get("server-timing") ?? "";
  assert.match(timing, /^queue;dur=\d+(\.\d+)?, gateway;dur=[\d.]+, app;dur=[\d.]+, db;dur=1$/);
  assert.ok(Number(/queue;dur=([\d.]+)/.exec(timing)?.[1]) >= 100, timing);
  const access = await gateway.line(({ message }) => message === "access");
  assert.deepEqual(
    [access.tier, access.request_id, access.method, access.target, access.status],
    ["gateway", "order-4711", "GET", "/", 200],
  );
});

test("a plain Node listener is an application too", async (t) => {
  const gateway = startGateway(t, exampleModule("echo.ts"), "--workers=1");
  const url = await gateway.ready();
  const posted = await fetch(url, { method: "POST", body: "hello" });
  assert.equal(await posted.text(), "hello");
  const seen = await echoed(`${url}/x?y=1`, {});
  assert.deepEqual([seen.method, seen.target, seen.client], ["GET", "/x?y=1", "127.0.0.1"]);
});

test("forwarded headers of a peer that is not trusted never reach the application", async (t) => {
  const gateway = startGateway(
    t,
    exampleModule("echo.ts"),
    "--workers=1",
    "--trusted-proxies=192.0.2.1",
  );
  const lies = { "x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "https", forwarded: "for=6" };
  const { client, scheme, rawHeaders } = await echoed(await gateway.ready(), { headers: lies });
  assert.deepEqual([client, scheme], ["127.0.0.1", "http"]);
  assert.ok(!rawHeaders.includes("6.6.6.6") && !rawHeaders.includes("for=6"));
});

test("an application that throws is a 500 with the request id, and the worker lives on", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=1");
  const url = await gateway.ready();
  const failed = await fetch(`${url}/throws`);
  assert.equal(failed.status, 500);
  assert.match(await failed.text(), new RegExp(failed.headers.get("x-request-id") ?? "-"));
  const logged = await gateway.line(({ message }) => message === "application error");
  assert.match(String(logged.error), /thrown on purpose/);
  assert.equal((await fetch(url)).status, 200);
});

test("whatever an application throws is a 500, and the worker lives on", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `const circle = {};
      circle.own = circle;
      const thrown = { bare: Object.create(null), circle, big: { inside: 1n }, nothing: undefined };
      export default async (request, response) => {
        if (request.url === "/") return response.end(String(process.pid));
        throw thrown[request.url.slice(1)];
      };`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1", "--health-path=off");
  const url = await gateway.ready();
  const pid = await (await fetch(url)).text();
  for (const path of ["bare", "circle", "big", "nothing"]) {
    assert.equal((await fetch(`${url}/${path}`)).status, 500, path);
  }
  assert.equal(await (await fetch(url)).text(), pid);
  const logged = gateway.lines.filter(({ message }) => message === "application error");
  assert.deepEqual(
    logged.map(({ error }) => error),
    [{}, "<ref *1> { own: [Circular *1] }", "{ inside: 1n }", "undefined"],
  );
});

test("an oversized request is refused before the application sees it", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=1");
  const url = await gateway.ready();
  assert.equal((await fetch(`${url}/${"a".repeat(6000)}`)).status, 414);
  assert.equal((await fetch(url, { headers: { big: "b".repeat(11_000) } })).status, 431);
});

test("a worker that dies is replaced, and the others serve meanwhile", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=2");
  const url = await gateway.ready(2);
  await assert.rejects(fetch(`${url}/crash`));
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.equal(died.code, 9);
  assert.equal((await fetch(url)).status, 200);
  await gateway.ready(3);
});

test("an application that cannot start says why, and readiness stays on starting", async (t) => {
  const gateway = startGateway(t, "broken.ts", "--workers=1");
  const died = await gateway.line(({ message }) => message === "worker died", 2);
  assert.deepEqual([died.code, died.reason], [3, "no ink in the printer"]);
  assert.ok(Number(died.replaced_in_ms) >= 200, "the second crash waits longer than the first");
  const readyz = await fetch(`${await gateway.admin()}/readyz`);
  assert.deepEqual([readyz.status, await readyz.text()], [503, "starting\n"]);
});

test("a module without a usable export is named together with what is missing", async (t) => {
  const gateway = startGateway(t, "shapeless.ts", "--workers=1");
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(died.reason), /shapeless\.ts: its default export is .*; expected .*fetch/);
});

test("TERM drains: what is in flight gets its response, readiness turns first, exit code 0", async (t) => {
  const lameDuck = stretched(500);
  const gateway = startGateway(t, "fetch.ts", "--workers=2", `--lame-duck=${lameDuck}`);
  const [url, admin] = [await gateway.ready(2), await gateway.admin()];
  const agent = new Agent({ keepAlive: true });
  const slow = request(`${url}/slow?ms=${2 * lameDuck}`, { agent }).end();
  const responding = once(slow, "response");
  await once(slow, "socket").then(([socket]) => once(socket, "connect"));
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  const readyz = await fetch(`${admin}/readyz`);
  assert.deepEqual([readyz.status, await readyz.text()], [503, "draining\n"]);
  const during = await fetch(url);
  assert.deepEqual([during.status, during.headers.get("connection")], [200, "close"]);
  const [response] = await responding;
  assert.equal(response.statusCode, 200);
  response.resume();
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.ok(gateway.lines.some(({ message }) => message === "application ends"));
});

test("past the graceful timeout a request is cut, and the exit code is still 0", async (t) => {
  const gateway = startGateway(t, "troubled.ts", "--workers=1", "--graceful-timeout=300");
  // Its head says that the application has it.
  const response = await fetch(`${await gateway.ready()}/wait?ms=60000`);
  const cut = assert.rejects(response.text());
  gateway.child.kill("SIGTERM");
  await cut;
  assert.deepEqual(await gateway.exited, [0, null]);
});

test("workers end within a second of their primary being killed", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=2");
  await gateway.ready(2);
  // The workers hold the other end of the pipe: it closes when the last of them has gone.
  const closed = once(gateway.child.stdout ?? process.stdin, "close", {
    signal: AbortSignal.timeout(stretched(1000)),
  });
  gateway.child.kill("SIGKILL");
  await closed;
});

test("metrics are summed over the workers, and status tells each worker", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=2");
  const [url, admin] = [await gateway.ready(2), await gateway.admin()];
  for (let request = 0; request < 4; request++) {
    await fetch(url, { headers: { connection: "close" } }).then((response) => response.text());
  }
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  assert.match(metrics, /gateway_requests_total\{status="2xx"\} 4/);
  const status = await (await fetch(`${admin}/status`)).text();
  assert.match(status, /"state":"ready".*"workers":\[\{.*\},\{.*\}\]/);
});

test("a bad setting stops the start with one line and exit code 78", async (t) => {
  const gateway = startGateway(t, "fetch.ts", "--workers=many");
  assert.deepEqual(await gateway.exited, [78, null]);
  assert.equal(gateway.stderr, '--workers="many": expected a whole number from 0 to 512\n');
});
