import assert from "node:assert/strict";
import { once } from "node:events";
import { get, request } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { exampleModule, startGateway, writeModules } from "../testing/gateway-process.ts";

async function start(t: TestContext, source: string, ...flags: string[]): Promise<string> {
  const folder = await writeModules(t, {
    "app.mjs": `import * as http from "node:http";${source}`,
  });
  return startGateway(t, `${folder}/app.mjs`, "--workers=1", ...flags).ready();
}

test("a server's own listener for connections sees each of them, with the requests that it brings", async (t) => {
  const url = await start(
    t,
    `const server = http.createServer(({ socket }, response) => response.end(String(socket.number)));
     let last = 0;
     server.on("connection", (socket) => { socket.number = ++last; });
     server.listen(process.env.PORT);`,
  );
  const first = Number(await (await fetch(url)).text());
  assert.ok(first > 0);
  const other = await fetch(url, { headers: { Connection: "close" } });
  assert.ok(Number(await other.text()) >= first);
});

const MINE = `class Request extends http.IncomingMessage {
    colour = "green";
    get words() { return this.url.slice(1); }
  }
  class Response extends http.ServerResponse {
    json(value) { this.setHeader("Content-Type", "application/json").end(JSON.stringify(value)); }
  }
  const options = { IncomingMessage: Request, ServerResponse: Response };
  const respond = (request, response) =>
    response.json([request.words, request.colour, request instanceof Request, request instanceof http.IncomingMessage]);`;

for (const flags of [[], [`--middleware=${exampleModule("html-banner.ts")}`]]) {
  const where = flags.length === 0 ? "" : ", behind middleware too";
  test(`requests and responses are of the classes of the application's own server${where}`, async (t) => {
    const listen = "http.createServer(options, respond).listen(process.env.PORT);";
    const url = await start(t, `${MINE} ${listen}`, ...flags);
    for (let nth = 0; nth < 2; nth++) {
      const response = await fetch(`${url}/word`);
      assert.deepEqual(await response.json(), ["word", "green", true, true]);
      assert.ok(response.headers.get("x-request-id"));
    }
  });
}

test("fields of the application's responses that are named as the gateway's stay out of its own", async (t) => {
  const names = ["requestId", "traceparent", "target", "client", "admission", "calledAt"];
  const set = names.map((name) => `${name} = "theirs\\r\\nX-Injected: 1";`).join(" ");
  const gateway = startGateway(
    t,
    `${await writeModules(t, {
      "app.mjs": `import { createServer, ServerResponse } from "node:http";
        class Response extends ServerResponse { ${set} }
        createServer({ ServerResponse: Response }, (request, response) => {
          response.end(response.client);
        }).listen(process.env.PORT);`,
    })}/app.mjs`,
    ...["--workers=1", "--health-path=off", "--max-in-flight=1", "--queue-size=0"],
  );
  const url = await gateway.ready();
  for (const nth of [1, 2]) {
    const response = await fetch(`${url}/word`);
    assert.equal(await response.text(), "theirs\r\nX-Injected: 1");
    assert.equal(response.headers.get("x-injected"), null);
    const line = await gateway.line(({ message }) => message === "access", nth);
    assert.deepEqual([line.target, line.client], ["/word", "127.0.0.1"]);
    assert.match(String(line.request_id), /^[\da-f-]{36}$/);
    assert.equal(response.headers.get("x-request-id"), line.request_id);
  }
});

test("fields of a request that Node sets after its constructor are Node's", async (t) => {
  const url = await start(
    t,
    `class Request extends http.IncomingMessage { url; method = "none"; rawHeaders = []; httpVersion; }
     http.createServer({ IncomingMessage: Request }, (request, response) => {
       const { url, method, rawHeaders, httpVersion } = request;
       response.end(JSON.stringify([url, method, rawHeaders.length > 0, httpVersion]));
     }).listen(process.env.PORT);`,
  );
  assert.deepEqual(await (await fetch(`${url}/word`)).json(), ["/word", "GET", true, "1.1"]);
});

/** A server whose messages have fields of this name, and show all that they have. */
const NAMED = (name: string) => `import * as http from "node:http";
  class Request extends http.IncomingMessage { ${name} = "set"; #own = "${name}"; get own() { return this.#own; } }
  class Response extends http.ServerResponse { say(words) { this.end(JSON.stringify(words)); } }
  http.createServer({ IncomingMessage: Request, ServerResponse: Response }, (request, response) => {
    response.say({ one: request.one, two: request.two, own: request.own });
  }).listen(process.env.PORT);`;

const PLAIN = `import * as http from "node:http";
  http.createServer(({ one, two, own }, response) => {
    response.end(JSON.stringify({ one, two, own, say: typeof response.say }));
  }).listen(process.env.PORT);`;

test("each of several mounted applications has the classes of its own server", async (t) => {
  const modules = { "one.mjs": NAMED("one"), "two.mjs": NAMED("two"), "plain.mjs": PLAIN };
  const folder = await writeModules(t, modules);
  const mounts = ["two", "plain"].map((name) => `--mount=/${name}=${folder}/${name}.mjs`);
  const gateway = startGateway(t, `${folder}/one.mjs`, "--workers=1", ...mounts);
  const url = await gateway.ready();
  const seen = async (path: string) => (await fetch(url + path)).json();
  // On one connection: Node makes a request before its path is known.
  assert.deepEqual(await seen("/"), { one: "set", own: "one" });
  assert.deepEqual(await seen("/two"), { two: "set", own: "two" });
  assert.deepEqual(await seen("/plain"), { say: "undefined" });
  assert.deepEqual(await seen("/"), { one: "set", own: "one" });
});

test("classes that are functions set their fields too", async (t) => {
  const url = await start(
    t,
    `import { inherits } from "node:util";
     function Request(socket) { http.IncomingMessage.call(this, socket); this.colour = "green"; }
     inherits(Request, http.IncomingMessage);
     http.createServer({ IncomingMessage: Request }, ({ url, colour }, response) => {
       response.end(url + colour);
     }).listen(process.env.PORT);`,
  );
  assert.equal(await (await fetch(`${url}/x`)).text(), "/xgreen");
});

test("an event stream of a framework that swaps the response's prototype ends with its worker", async (t) => {
  const express = import.meta.resolve("express", import.meta.resolve("../../../examples/"));
  const folder = await writeModules(t, {
    "app.mjs": `import express from ${JSON.stringify(express)};
      express().get("/events", (request, response) => {
        response.type("text/event-stream").write("data: 1\\n\\n");
      }).listen(process.env.PORT);`,
  });
  const flags = ["--workers=1", "--health-path=off"];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  const events = await fetch(`${await gateway.ready()}/events`);
  gateway.child.kill("SIGTERM");
  assert.equal(await events.text(), "data: 1\n\n");
  assert.deepEqual(await gateway.exited, [0, null]);
  await gateway.line(({ message, cause }) => message === "worker ended" && cause === "retired");
});

test("the response to an error has nothing of the one that failed", async (t) => {
  const url = await start(
    t,
    `http.createServer((request, response) => {
       response.statusMessage = "Fine";
       response.setHeader("Access-Control-Allow-Origin", "https://example.com");
       response.setHeader("Cache-Control", "public, max-age=31536000");
       response.setHeader("Content-Encoding", "gzip");
       response.setHeader("ETag", '"1"');
       response.setHeader("Transfer-Encoding", "chunked");
       throw new Error("too late");
     }).listen(process.env.PORT);`,
    "--health-path=off",
  );
  const [response] = await once(get(url), "response");
  assert.equal(response.statusMessage, "Internal Server Error");
  assert.match(await text(response), /^The application failed/);
  const { headers } = response;
  assert.equal(headers["access-control-allow-origin"], "https://example.com");
  for (const name of ["cache-control", "content-encoding", "etag", "transfer-encoding"]) {
    assert.equal(headers[name], undefined, name);
  }
});

test("its own listener for checkContinue decides about a body", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      const server = createServer((request, response) => response.end("called without"));
      server.on("checkContinue", (request, response) => response.writeHead(413).end("too much"));
      server.listen(3000);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const headers = { Expect: "100-continue", "Content-Length": 5 };
  const sent = request(await gateway.ready(), { method: "POST", headers });
  sent.flushHeaders();
  const [received] = await once(sent, "response");
  assert.equal(received.statusCode, 413);
  sent.destroy();
});

test("an upgrade that nobody takes is served as a plain request", async (t) => {
  const gateway = startGateway(t, exampleModule("echo.ts"), "--workers=1");
  const headers = { Connection: "Upgrade", Upgrade: "h2c" };
  const sent = request(await gateway.ready(), { headers }).end();
  const [received] = await once(sent, "response");
  assert.equal(received.statusCode, 200);
  received.resume();
});

test("the gateway's headers survive a framework that swaps the response's prototype", async (t) => {
  const gateway = startGateway(t, exampleModule("conformance/express.ts"), "--workers=1");
  const { headers } = await fetch(`${await gateway.ready()}/json`);
  assert.ok(headers.get("x-request-id"));
  assert.match(headers.get("server-timing") ?? "", /gateway;dur=.*app;dur=/);
});

const COUNTING = `const { emit } = http.Server.prototype;
  let requests = 0;
  http.Server.prototype.emit = function (event, ...rest) {
    if (event === "request") requests++;
    return Reflect.apply(emit, this, [event, ...rest]);
  };`;

for (const [what, source] of [
  ["a server", "http.createServer((_, response) => response.end(String(requests))).listen(3000);"],
  ["a listener", "export default (request, response) => response.end(String(requests));"],
] as const) {
  test(`an agent for traces, which wraps the emit of all HTTP servers, sees each request of ${what} once`, async (t) => {
    const url = await start(t, `${COUNTING} ${source}`, "--health-path=off");
    for (const count of ["1", "2"]) assert.equal(await (await fetch(url)).text(), count);
  });
}
