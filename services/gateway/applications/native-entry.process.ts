import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { exampleModule, startGateway, told, writeModules } from "../testing/gateway-process.ts";

test("an entry that listens never binds its own port, but another server of it does", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { once } from "node:events";
      import { createServer } from "node:http";
      const beside = createServer((request, response) => response.end("beside"));
      const server = createServer(async (request, response) => {
        if (!beside.listening) await once(beside, "listening");
        const { address, port } = server.address();
        response.end(JSON.stringify({ listening: server.listening, port, beside: beside.address().port }));
      });
      server.listen(64999, "127.0.0.1", () => {
        console.error("told that it listens");
        beside.listen(0, "127.0.0.1");
      });`,
  });
  // It cannot answer a probe before its other server has a port.
  const flags = ["--workers=1", "--health-path=off"];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  const seen = await (await fetch(await gateway.ready())).json();
  const { listening, port, beside } = seen as Record<string, number>;
  assert.deepEqual([listening, port, gateway.stderr], [true, 64999, "told that it listens\n"]);
  await assert.rejects(once(connect(64999, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
  assert.equal(await (await fetch(`http://127.0.0.1:${beside}`)).text(), "beside");
});

test("its own listener for TERM is called once the worker has drained, and is waited for", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      import { setTimeout as pause } from "node:timers/promises";
      const server = createServer(async (request, response) => {
        await pause(600);
        response.end("done");
        console.error("answered");
      });
      process.on("SIGTERM", () => server.close(async () => {
        console.error("closing");
        await pause(200);
        console.error("closed");
      }));
      server.listen(3000);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1", "--health-path=off");
  const asked = request(await gateway.ready(), { agent: false }).end();
  const answered = once(asked, "response");
  await once(asked, "socket").then(([socket]) => once(socket, "connect"));
  gateway.child.kill("SIGTERM");
  const [answer] = await answered;
  answer.resume();
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.stderr, "answered\nclosing\nclosed\n");
});

test("its own listener for checkContinue decides about a body", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      const server = createServer((request, response) => response.end("asked without"));
      server.on("checkContinue", (request, response) => response.writeHead(413).end("too much"));
      server.listen(3000);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const headers = { Expect: "100-continue", "Content-Length": 5 };
  const asked = request(await gateway.ready(), { method: "POST", headers });
  asked.flushHeaders();
  const [answer] = await once(asked, "response");
  assert.equal(answer.statusCode, 413);
  asked.destroy();
});

test("an upgrade that nobody takes is answered as a plain request", async (t) => {
  const gateway = startGateway(t, exampleModule("echo.ts"), "--workers=1");
  const headers = { Connection: "Upgrade", Upgrade: "h2c" };
  const asked = request(await gateway.ready(), { headers }).end();
  const [answer] = await once(asked, "response");
  assert.equal(answer.statusCode, 200);
  answer.resume();
});

test("the gateway's headers survive a framework that swaps the response's prototype", async (t) => {
  const gateway = startGateway(t, exampleModule("express.ts"), "--workers=1");
  const { headers } = await fetch(`${await gateway.ready()}/json`);
  assert.ok(headers.get("x-request-id"));
  assert.match(headers.get("server-timing") ?? "", /gateway;dur=.*app;dur=/);
});

test("a module's lifespan holds beside a server that it listens on", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      const life = [];
      export const startup = () => life.push("startup");
      export const ready = () => life.push("ready");
      createServer((request, response) => response.end(JSON.stringify({ life }))).listen(3000);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  assert.deepEqual((await told(await gateway.ready(), {})).life, ["startup", "ready"]);
});
