import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import {
  type GatewayProcess,
  type Line,
  startGateway,
  writeModules,
} from "../testing/gateway-process.ts";

const HTTP = `import { createServer } from "node:http";
  const serve = (say) => createServer((request, response) => response.end(String(say(request)))).listen(process.env.PORT);`;

async function start(t: TestContext, source: string, ...flags: string[]): Promise<GatewayProcess> {
  const folder = await writeModules(t, { "app.mjs": HTTP + source });
  return startGateway(t, `${folder}/app.mjs`, "--workers=1", ...flags);
}

test("what an application sends to its parent process is no word of the gateway's, and is logged once", async (t) => {
  const gateway = await start(
    t,
    `process.send("ready");
     process.send({ type: "failed", reason: "r", detail: "d" });
     process.send({ type: "ready" }, () => console.error("sent"));
     process.send({ type: "metrics", metrics: "none" });
     await new Promise((done) => setTimeout(done, 500));
     serve(() => "site");`,
  );
  const url = await gateway.ready();
  assert.equal(await (await fetch(url)).text(), "site");
  assert.equal(gateway.stderr, "sent\n");
  const warnings = gateway.lines.filter(({ level }) => level === "warn");
  assert.equal(warnings.length, 1);
  assert.match(
    String(warnings[0]?.message),
    /nobody reads what the application sends to its parent/,
  );
  const { port } = new URL(await gateway.admin());
  assert.match(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), /gateway_/);
});

for (const which of [`"message"`, ""]) {
  test(`an application that calls removeAllListeners(${which}) is served`, async (t) => {
    const gateway = await start(
      t,
      `process.removeAllListeners(${which});
       serve(() => "site").on("listening", () => process.removeAllListeners(${which}));`,
      "--health-path=off",
    );
    const signal = AbortSignal.timeout(stretched(15_000));
    assert.equal(await (await fetch(await gateway.ready(), { signal })).text(), "site");
    gateway.child.kill("SIGTERM");
    assert.deepEqual(await gateway.exited, [0, null]);
  });
}

test("an application that calls removeAllListeners() and ends itself at its start is named with the reason", async (t) => {
  const gateway = await start(t, "process.removeAllListeners(); process.exit(3);");
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /ended itself with exit code 3 before it was ready/);
});

test("an application that calls removeAllListeners() and ends its process has its last lines logged", async (t) => {
  const gateway = await start(
    t,
    `process.removeAllListeners();
     serve(() => "site").on("request", (_, response) => response.on("close", () => process.exit(3)));`,
    "--health-path=off",
  );
  await (await fetch(await gateway.ready())).text();
  await gateway.line(({ message }) => message === "worker died");
  assert.ok(gateway.lines.some(({ message }) => message === "access"));
});

test("an application receives no message of the gateway, and may close its channel", async (t) => {
  const gateway = await start(
    t,
    `import cluster from "node:cluster";
     const seen = [];
     process.on("message", (message) => seen.push(message));
     cluster.worker.on("message", (message) => seen.push(message));
     serve(() => JSON.stringify(seen)).on("listening", () => process.disconnect());`,
  );
  const url = await gateway.ready();
  for (let nth = 0; nth < 3; nth++) assert.equal(await (await fetch(url)).text(), "[]");
});

const ends: readonly (readonly [how: string, source: string])[] = [
  ["a signal to itself", `process.kill(process.pid, "SIGTERM")`],
  ["the number of one", `process.kill(process.pid, 2)`],
  ["the event of one", `process.emit("SIGTERM")`],
];

for (const [how, source] of ends) {
  test(`an application that ends itself by ${how} is replaced`, async (t) => {
    const gateway = await start(
      t,
      `process.on("SIGTERM", () => { console.error("closed"); process.exit(0); });
       serve(({ url }) => {
         if (url === "/end") setImmediate(() => ${source});
         return process.pid;
       });`,
    );
    const url = await gateway.ready();
    const pid = await (await fetch(`${url}/end`)).text();
    const line = await gateway.line(({ message }) => message === "worker retires");
    assert.match(String(line.reason), /^the application sent SIG(TERM|INT) to itself$/);
    await gateway.line(({ message, cause }) => message === "worker ended" && cause === "retired");
    assert.equal(gateway.stderr, "closed\n");
    assert.notEqual(await (await fetch(url)).text(), pid);
  });
}

for (const path of ["", "/mounted"]) {
  test(`an application that closes its server, and listens no more, is replaced, on "${path}"`, async (t) => {
    const closing = `const server = serve(({ url }) => {
        if (url === "/end") setImmediate(() => server.close());
        return process.pid;
      });`;
    const folder = await writeModules(t, { "beside.mjs": HTTP + closing });
    const gateway =
      path === ""
        ? await start(t, closing)
        : await start(t, "serve(() => 'beside');", `--mount=${path}=${folder}/beside.mjs`);
    const url = (await gateway.ready()) + path;
    const pid = await (await fetch(`${url}/end`)).text();
    const line = await gateway.line(({ message }) => message === "worker retires");
    assert.equal(line.reason, "the application closed its server");
    await gateway.line(({ message, cause }) => message === "worker ended" && cause === "retired");
    assert.notEqual(await (await fetch(url)).text(), pid);
  });
}

test("an application that listens again a while after it has closed its server is not replaced", async (t) => {
  const gateway = await start(
    t,
    // The worker checks 10 s after the close; this later timer of its process fires after that.
    `const listen = () => server.listen(process.env.PORT);
     const checked = () => console.log('{"message":"checked"}');
     const server = serve(({ url }) => {
       if (url === "/end") server.close(() => {
         setTimeout(listen, 1500);
         setTimeout(checked, 11_000);
       });
       return process.pid;
     });`,
  );
  const url = await gateway.ready();
  const pid = await (await fetch(`${url}/end`)).text();
  await gateway.line(({ message }) => message === "checked");
  assert.equal(await (await fetch(url)).text(), pid);
  const status = await (await fetch(`${await gateway.admin()}/status`)).json();
  const { workers } = status as { workers: { pid: number; leaves?: string }[] };
  assert.deepEqual(
    workers.map((worker) => [String(worker.pid), worker.leaves]),
    [[pid, undefined]],
  );
});

test("one that ends itself soon after each start is replaced more and more slowly", async (t) => {
  const gateway = await start(
    t,
    `serve(({ url }) => {
       if (url === "/end") setInterval(() => process.kill(process.pid, "SIGTERM"), 1);
       return process.pid;
     });`,
  );
  for (const [index, delay] of [100, 200, 400].entries()) {
    const url = await gateway.ready(index + 1);
    await (await fetch(`${url}/end`, { headers: { Connection: "close" } })).text();
    const asks = ({ replaced_in_ms: delay }: Line) => delay !== undefined;
    assert.equal((await gateway.line(asks, index + 1)).replaced_in_ms, delay);
    await gateway.line(({ message }) => message === "worker ended", index + 1);
  }
});

test("an application that ends itself by a signal before it is ready fails to boot, with that as the reason", async (t) => {
  const gateway = await start(
    t,
    `process.on("SIGTERM", () => {});
     setTimeout(() => process.kill(process.pid, "SIGTERM"), 100);
     setInterval(() => {}, 1000);`,
  );
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /the application sent SIGTERM to itself before it was ready/);
});
