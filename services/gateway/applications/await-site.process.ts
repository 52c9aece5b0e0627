import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startGateway, writeModules } from "../testing/gateway-process.ts";

async function started(t: TestContext, source: string, file = "app.cjs", ...flags: string[]) {
  const folder = await writeModules(t, { [file]: source });
  return startGateway(t, join(folder, file), "--workers=1", ...flags);
}

async function text(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: "close" } })).text();
}

/** The first request decides: there is no probe before it. */
const UNPROBED = "--health-path=off";
const EXPORTED = `const { createServer } = require("node:http");
  const app = (request, response) => response.end("exported");
  module.exports = app;`;

test("what listens later is the site, not the export of its module", async (t) => {
  const source = `${EXPORTED}
    const server = createServer((request, response) => response.end("listens"));
    server.on("upgrade", (request, socket) => socket.end("HTTP/1.1 101 Yes\\r\\n\\r\\n"));
    setTimeout(() => server.listen(Number(process.env.PORT)), 2500);`;
  const gateway = await started(t, source, "app.cjs", UNPROBED);
  assert.equal(await text(await gateway.ready()), "listens");
});

test("a server on PORT is the site, however long another one of its module has listened before", async (t) => {
  // As a program with a server of its own for its metrics, which then waits for its database.
  const source = `const { createServer } = require("node:http");
    createServer((request, response) => response.end("metrics")).listen(0, "127.0.0.1");
    const server = createServer((request, response) => response.end("site"));
    setTimeout(() => server.listen(Number(process.env.PORT)), 4000);`;
  const gateway = await started(t, source, "app.cjs", UNPROBED);
  assert.equal(await text(await gateway.ready()), "site");
});

test("an export whose module never listens is the site at once, where nothing goes on", async (t) => {
  const source = `${EXPORTED} if (process.env.LISTEN) createServer(app).listen(3000);`;
  const gateway = await started(t, source, "app.cjs", UNPROBED);
  const began = performance.now();
  assert.equal(await text(await gateway.ready()), "exported");
  assert.ok(performance.now() - began < 10_000);
});

test("an export is the site although its module holds a timer, or a connection", async (t) => {
  const gateway = await started(t, `${EXPORTED} setInterval(() => undefined, 1000);`);
  assert.equal(await text(await gateway.ready()), "exported");
});

test("a server that listens after the export has begun to serve is the site from then on", async (t) => {
  const source = `${EXPORTED}
    const start = ["li", "sten"].join("");
    setTimeout(() => createServer((_, response) => response.end("listens"))[start](process.env.PORT), 4000);`;
  const gateway = await started(t, source, "app.cjs", UNPROBED);
  const url = await gateway.ready();
  assert.equal(await text(url), "exported");
  await gateway.line(({ message }) => message === "another server is the site from now on");
  assert.equal(await text(url), "listens");
});

test("a module that goes on at its top level is served once it listens on PORT", async (t) => {
  const source = `import { createServer } from "node:http";
    createServer((request, response) => response.end("listens")).listen(process.env.PORT);
    for (;;) await new Promise((soon) => setTimeout(soon, 100));`;
  const gateway = await started(t, source, "app.mjs");
  assert.equal(await text(await gateway.ready()), "listens");
});

test("a module that waits at its top level, and then listens, is served", async (t) => {
  const source = `import { createServer } from "node:http";
    await new Promise((soon) => setTimeout(soon, 300));
    const server = createServer((request, response) => response.end("listens"));
    await new Promise((listening) => server.listen({ port: 3000 }, listening));
    export default server;`;
  const gateway = await started(t, source, "app.mjs");
  assert.equal(await text(await gateway.ready()), "listens");
});

test("an upgrade listener that is set on the connection's server, at a request, gets upgrades", async (t) => {
  // As http-proxy-middleware sets it. An export has no server of its own.
  const lazy = `const { WebSocketServer } = require("ws");
    const sockets = new WebSocketServer({ noServer: true });
    let server;
    const app = (request, response) => {
      server ??= request.socket.server.on("upgrade", (upgrade, socket, head) => {
        sockets.handleUpgrade(upgrade, socket, head, (client) => client.send("hello"));
      });
      response.end("ok");
    };`;
  const ways = [
    "module.exports = app;",
    `require("node:http").createServer(app).listen(process.env.PORT);`,
  ];
  for (const way of ways) {
    const source = lazy.replace(`"ws"`, JSON.stringify(import.meta.resolve("ws").slice(7))) + way;
    const gateway = await started(t, source);
    const url = await gateway.ready();
    assert.equal(await text(url), "ok");
    const client = new WebSocket(url.replace("http", "ws"));
    const [message] = await once(client, "message");
    assert.equal(message.data, "hello", way);
    client.close();
  }
});

test("a health path that fails for longer than a moment at first has the whole boot time", async (t) => {
  const source = `const { createServer } = require("node:http");
    const until = Date.now() + 6000;
    createServer((request, response) => {
      response.writeHead(request.url === "/healthz" && Date.now() < until ? 503 : 200).end("warm");
    }).listen(process.env.PORT);`;
  const gateway = await started(t, source);
  assert.equal(await text(await gateway.ready()), "warm");
  assert.ok(!gateway.lines.some(({ message }) => message === "worker died"));
});

test("a health path that never gets well ends the boot before its timeout, with the status", async (t) => {
  const source = `module.exports = (request, response) => response.writeHead(503).end();`;
  const gateway = await started(t, source, "app.cjs", "--boot-timeout=4000");
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(died.reason), /GET \/healthz has the status 503/);
});
