import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { io } from "socket.io-client";
import { WebSocketServer } from "ws";
import {
  exampleModule,
  type GatewayProcess,
  startGateway,
  startGatewayIn,
} from "../testing/gateway-process.ts";

/** Programs as their authors leave them, each with the packages that it is known for. */

const NEST = exampleModule("conformance/nest/dist/main.js");

before(async () => {
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
  const project = exampleModule("conformance/nest/tsconfig.json");
  const tsc = join(dirname(compiler), "bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "--project", project]);
});

/** What it says when it has drained: what it holds was closed by its own listener for TERM. */
async function saysAtItsEnd(gateway: GatewayProcess, words: RegExp): Promise<void> {
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.match(gateway.stderr, words);
}

const programs: readonly (readonly [
  what: string,
  module: string,
  response: RegExp,
  atItsEnd?: RegExp,
])[] = [
  [
    "Nest, built by its compiler, with shutdown hooks",
    NEST,
    /from the pool/,
    /^the pool is closed at SIGTERM$/m,
  ],
  ["Nest, named without the extension", NEST.replace(".js", ""), /from the pool/],
  [
    "Fastify with close hooks",
    exampleModule("conformance/fastify-hooks.ts"),
    /world/,
    /^the pool is closed$/m,
  ],
  ["Hapi", exampleModule("hapi.ts"), /world/, /^Hapi has stopped$/m],
  ["express-generator's bin/www", exampleModule("express-generator/bin/www"), /express-generator/],
  ["express-generator's app.js", exampleModule("express-generator/app.js"), /express-generator/],
  [
    "Socket.IO with a TERM listener that is set late",
    exampleModule("socket-io.ts"),
    /Socket\.IO/,
    /^Socket\.IO is closed$/m,
  ],
  ["Express with a session and uploads", exampleModule("express-upload.ts"), /visits/],
  ["Express behind http-proxy-middleware", exampleModule("proxy.ts"), /home/],
];

for (const [what, module, response, atItsEnd] of programs) {
  test(`${what} runs in two workers, and ends as its author meant it`, async (t) => {
    const gateway = startGateway(t, module, "--workers=2");
    assert.match(await (await fetch(await gateway.ready(2))).text(), response);
    if (atItsEnd !== undefined) await saysAtItsEnd(gateway, atItsEnd);
  });
}

test("a session of express-session is kept, and its cookie is Secure where the visitor has TLS", async (t) => {
  const gateway = startGateway(t, exampleModule("express-upload.ts"), "--workers=1");
  const url = await gateway.ready();
  const first = await fetch(url, { headers: { "X-Forwarded-Proto": "https" } });
  const [cookie = ""] = first.headers.getSetCookie();
  assert.deepEqual(await first.json(), { visits: 1, secure: true });
  assert.match(cookie, /; Secure/);
  const headers = { Cookie: cookie.split(";")[0] ?? "" };
  assert.deepEqual(await (await fetch(url, { headers })).json(), { visits: 2, secure: false });
});

test("an upload arrives in multer whole, with its fields", async (t) => {
  const gateway = startGateway(t, exampleModule("express-upload.ts"), "--workers=1");
  const form = new FormData();
  form.set("title", "Zoë");
  form.set("picture", new Blob([new Uint8Array(1_000_000)]), "picture.png");
  const response = await fetch(`${await gateway.ready()}/upload`, { method: "POST", body: form });
  const file = { name: "picture.png", bytes: 1_000_000, title: "Zoë" };
  assert.deepEqual(await response.json(), file);
});

/** A service with a WebSocket, behind a proxy. */
async function backend(t: TestContext): Promise<string> {
  const server = createServer((request, response) => response.end(`backend ${request.url}`));
  new WebSocketServer({ server }).on("connection", (socket, request) => {
    socket.send(`hello ${request.url}`);
    socket.on("message", (data) => socket.send(String(data)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("http-proxy-middleware proxies a WebSocket, with its listener set at the first request", async (t) => {
  const env = { BACKEND: await backend(t) };
  const gateway = startGatewayIn(env, t, exampleModule("proxy.ts"), "--workers=1");
  const url = await gateway.ready();
  assert.equal(await (await fetch(`${url}/backend/`)).text(), "backend /");
  for (const word of ["one", "two"]) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/backend/a`);
    const [hello] = await once(socket, "message");
    assert.match(hello.data, /^hello /);
    socket.send(word);
    const [echo] = await once(socket, "message");
    assert.equal(echo.data, word);
    socket.close();
    await once(socket, "close");
  }
});

test("Socket.IO connects by its default transports, and upgrades to a WebSocket", async (t) => {
  const gateway = startGateway(t, exampleModule("socket-io.ts"), "--workers=1");
  const client = io(await gateway.ready(), { reconnection: false });
  t.after(() => client.close());
  const hello = new Promise((resolve) => client.once("hello", resolve));
  const connected = new Promise<void>((resolve, reject) => {
    client.once("connect", resolve).once("connect_error", reject);
  });
  await connected;
  assert.equal(typeof (await hello), "number");
  if (client.io.engine.transport.name !== "websocket") {
    await new Promise((upgraded) => client.io.engine.once("upgrade", upgraded));
  }
  assert.equal(client.io.engine.transport.name, "websocket");
  assert.equal(await client.emitWithAck("echo", "word"), "word");
});
