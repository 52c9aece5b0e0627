import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { get, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import {
  echoed,
  exampleModule,
  startGateway,
  startGatewayIn,
  verb,
  writeModules,
} from "../testing/gateway-process.ts";

test("what an entry chose as its port leads to the gateway, on its own host alone; another server of it really opens", async (t) => {
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
        console.error("listens now");
        beside.listen(0, "127.0.0.1");
      });`,
  });
  // It cannot respond to a probe before its other server has a port.
  const flags = ["--workers=1", "--health-path=off"];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  const seen = await (await fetch(await gateway.ready())).json();
  const { listening, port, beside } = seen as Record<string, number>;
  assert.deepEqual([listening, port, gateway.stderr], [true, 64999, "listens now\n"]);
  const own = await fetch("http://127.0.0.1:64999");
  assert.ok(own.headers.get("x-request-id"));
  assert.deepEqual(await own.json(), seen);
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
        console.error("responded");
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
  const responding = once(asked, "response");
  await once(asked, "socket").then(([socket]) => once(socket, "connect"));
  gateway.child.kill("SIGTERM");
  const [received] = await responding;
  received.resume();
  assert.equal(received.statusCode, 200);
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.stderr, "responded\nclosing\nclosed\n");
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
  const [received] = await once(asked, "response");
  assert.equal(received.statusCode, 413);
  asked.destroy();
});

test("an upgrade that nobody takes is served as a plain request", async (t) => {
  const gateway = startGateway(t, exampleModule("echo.ts"), "--workers=1");
  const headers = { Connection: "Upgrade", Upgrade: "h2c" };
  const asked = request(await gateway.ready(), { headers }).end();
  const [received] = await once(asked, "response");
  assert.equal(received.statusCode, 200);
  received.resume();
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
  assert.deepEqual((await echoed(await gateway.ready(), {})).life, ["startup", "ready"]);
});

/** A port that was free a moment ago, for an application that wants to choose. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const HTTP = `import { createServer } from "node:http";
  import { setTimeout as pause } from "node:timers/promises";
  const says = (word) => createServer((request, response) => response.end(word));
  const metrics = says("metrics"), site = says("site");
  const { PORT, OTHER } = process.env;`;

const METRICS = `metrics.listen(Number(OTHER));`;

const orders: readonly (readonly [order: string, source: string])[] = [
  ["before the site", `${METRICS} site.listen(PORT);`],
  ["after the site", `site.listen(PORT, () => ${METRICS.slice(0, -1)});`],
  [
    "and is waited for before the site",
    `await new Promise((done) => metrics.listen({ port: Number(OTHER) }, done)); site.listen(PORT);`,
  ],
  ["long before the site", `${METRICS} pause(1500).then(() => site.listen(process.env.PORT));`],
  ["exclusively", `metrics.listen({ port: Number(OTHER), exclusive: true }); site.listen(PORT);`],
];

for (const [order, source] of orders) {
  test(`a second server that listens ${order} is open beside it, in every worker`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": HTTP + source });
    const other = await freePort();
    const env = { OTHER: String(other) };
    const gateway = startGatewayIn(env, t, `${folder}/app.mjs`, "--workers=2");
    const url = await gateway.ready(2);
    assert.equal(await (await fetch(url)).text(), "site");
    assert.equal(await (await fetch(`http://127.0.0.1:${other}`)).text(), "metrics");
    assert.equal((await verb(gateway, "reload")).code, 0);
    assert.equal(await (await fetch(`http://127.0.0.1:${other}`)).text(), "metrics");
  });
}

test("the metrics of OpenTelemetry's exporter are not public", async (t) => {
  const other = await freePort();
  const env = { METRICS_PORT: String(other) };
  const gateway = startGatewayIn(env, t, exampleModule("metrics.cjs"), "--workers=2");
  const url = await gateway.ready(2);
  assert.equal(await (await fetch(url)).text(), "the site");
  assert.equal((await fetch(`${url}/metrics`)).status, 404);
  assert.match(await (await fetch(`http://127.0.0.1:${other}/metrics`)).text(), /target_info/);
});

test("of several servers, none on PORT, the error names both", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP} metrics.listen(64998); site.listen("64999", "127.0.0.1");`,
  });
  const gateway = startGatewayIn({ PORT: "1234" }, t, `${folder}/app.mjs`, "--workers=1");
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /it listens on port 64998 and on port 64999, and PORT is 1234/);
});

test("a single server is the site on any port and with TLS", async (t) => {
  const sources = [
    `site.listen(0);`,
    `site.listen();`,
    `import { createServer as secure } from "node:https";
     secure({}, (request, response) => response.end("site")).listen(64443);`,
  ];
  for (const source of sources) {
    const folder = await writeModules(t, { "app.mjs": HTTP + source });
    const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
    assert.equal(await (await fetch(await gateway.ready())).text(), "site", source);
  }
});

test("a single server on a Unix socket is the site, and the socket is there for its mode to be set", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP}
      import { chmodSync, rmSync } from "node:fs";
      rmSync(OTHER, { force: true });
      site.listen(OTHER, () => chmodSync(OTHER, 0o666));`,
  });
  const socketPath = `${folder}/site.sock`;
  const gateway = startGatewayIn({ OTHER: socketPath }, t, `${folder}/app.mjs`, "--workers=2");
  assert.equal(await (await fetch(await gateway.ready(2))).text(), "site");
  assert.equal(statSync(socketPath).mode & 0o777, 0o666);
  const [received] = await once(get({ socketPath, agent: false }), "response");
  assert.equal(await text(received), "site");
});

test("a Unix socket that cannot be made keeps no site from being served", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP} site.listen("/proc/nowhere/site.sock", () => console.error("listens"));`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "site");
  assert.equal(gateway.stderr, "listens\n");
});

test("a program that looks for a free port finds PORT free, in every worker", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP}
      import { once } from "node:events";
      import { createServer as tcp } from "node:net";
      const probe = tcp().listen(Number(PORT));
      await once(probe, "listening");
      probe.close();
      await once(probe, "close");
      const other = tcp().listen(0, "127.0.0.1");
      await once(other, "listening");
      other.close();
      site.listen(PORT);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=2");
  const url = await gateway.ready(2);
  assert.equal(await (await fetch(url)).text(), "site");
  assert.equal((await verb(gateway, "scale", "3")).code, 0);
});

const unserved: readonly (readonly [what: string, source: string, reason: RegExp])[] = [
  [
    "a server of node:net",
    `import { createServer as tcp } from "node:net";
     tcp((socket) => site.emit("connection", socket)).listen(PORT);`,
    /a server of node:net listens on port \d+, and the gateway cannot serve it/,
  ],
  [
    "a server of HTTP/2 that only has streams",
    `import { createServer as http2 } from "node:http2";
     http2().on("stream", (stream) => stream.respond()).listen(PORT);`,
    /a Http2Server listens on port \d+.*node:http2 with a listener for "request"/,
  ],
  [
    "a thread",
    `import { Worker, isMainThread } from "node:worker_threads";
     if (isMainThread) new Worker(new URL(import.meta.url)); else site.listen(OTHER);`,
    /EADDRINUSE.*; port \d+ is the gateway's: .*name the module that calls listen\(\) itself/,
  ],
  [
    "a process of its own",
    `import { fork } from "node:child_process";
     if (process.argv[2] === "child") site.listen(OTHER);
     else fork(new URL(import.meta.url), ["child"]).on("exit", process.exit);`,
    /ended itself with exit code 1 .*; port \d+ is the gateway's: /,
  ],
  [
    "a process of its own, on another port",
    `import { spawn } from "node:child_process";
     spawn("cat");`,
    /it never called listen\(\); it has started another process, and a server there is not seen/,
  ],
];

for (const [what, source, reason] of unserved) {
  test(`a site that is ${what} is an error that says so`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": HTTP + source });
    // As a second worker finds it: the gateway has its port.
    const port = await freePort();
    const taken = createServer().listen(port);
    await once(taken, "listening");
    t.after(() => taken.close());
    const flags = ["--workers=1", "--boot-timeout=10000", `--port=${port}`];
    const env = { OTHER: String(port) };
    const gateway = startGatewayIn(env, t, `${folder}/app.mjs`, ...flags);
    const line = await gateway.line(({ message }) => message === "worker died");
    assert.match(String(line.reason), reason);
    assert.doesNotMatch(String(line.reason), /Debugger/);
  });
}

test("a server that is closed can listen again, and is the site again", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP}
      site.listen(PORT, () => site.close(() => site.listen(PORT)));`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "site");
  assert.ok(
    gateway.lines.every(({ level }) => level === "info"),
    "nothing to warn of",
  );
});

test("two servers on one address are an error, as under Node", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP} site.listen(PORT); metrics.listen(PORT);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /listen EADDRINUSE: address already in use :::\d+/);
});

test("PORT is the gateway's, so that a page finds its own site; a user's PORT stays", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `import { createServer } from "node:http";
      createServer(async (request, response) => {
        const own = request.url === "/inner" ? "inner" : process.env.PORT;
        const inner = request.url === "/" && (await fetch(\`http://localhost:\${own}/inner\`)).text();
        response.end(request.url === "/" ? await inner : own);
      }).listen(process.env.PORT, "0.0.0.0", () => console.error("listens"));`,
  });
  // The name "localhost" may be either address.
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=2", "--host=::");
  assert.equal(await (await fetch(await gateway.ready())).text(), "inner");
  const other = startGatewayIn({ PORT: "1234" }, t, `${folder}/app.mjs`, "--workers=1");
  assert.equal(await (await fetch(`${await other.ready()}/port`)).text(), "1234");
});

test("address() is what the application asked for, as under Node", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${HTTP}
      const seen = [];
      const see = (server) => () => seen.push(server.address());
      const any = says("any");
      any.listen(0, "127.0.0.1", see(any));
      site.listen(3000, "127.0.0.1", 511, see(site));
      site.removeAllListeners("request");
      site.on("request", (request, response) => response.end(JSON.stringify(seen)));`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const [any, site] = (await (await fetch(await gateway.ready())).json()) as AddressInfo[];
  assert.deepEqual(site, { address: "127.0.0.1", family: "IPv4", port: 3000 });
  assert.equal(await (await fetch(`http://127.0.0.1:${any?.port}`)).text(), "any");
});
