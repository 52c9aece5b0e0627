import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate, stretched } from "@gatehouse/telemetry/testing";
import { type GatewayProcess, startGateway, writeModules } from "../testing/gateway-process.ts";

/** Shows what it received, and who it is. */
const APP = `
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { WebSocketServer } from "${import.meta.resolve("ws")}";
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://a");
  if (pathname === "/hash") {
    const hash = createHash("sha256");
    for await (const piece of request) hash.update(piece);
    response.setHeader("Trailer", "X-After");
    response.write(JSON.stringify({ pid: process.pid, hash: hash.digest("hex"), trailers: request.trailers }));
    response.addTrailers({ "X-After": "sum" });
    return response.end();
  }
  if (pathname === "/unread") return response.end(JSON.stringify({ pid: process.pid }));
  if (pathname === "/stuck") return;
  if (pathname === "/stream") {
    response.setHeader("Content-Type", "text/event-stream");
    response.write("data: " + process.pid + "\\n\\n");
    return response.on("close", () => console.log(JSON.stringify({ message: "closed", pid: process.pid })));
  }
  if (pathname === "/big") {
    response.setHeader("Content-Length", 20_000_000);
    return response.end(Buffer.alloc(20_000_000, "x"));
  }
  if (pathname === "/hints") response.writeEarlyHints({ link: "</a.css>; rel=preload" });
  if (pathname === "/none") return response.writeHead(304, { ETag: '"1"' }).end();
  const { remoteAddress, remotePort, localPort } = request.socket;
  const { method, url, rawHeaders } = request;
  response.setHeader("Server-Timing", "db;dur=1");
  response.setHeader("Set-Cookie", ["a=1", "b=2"]);
  response.end(JSON.stringify({ pid: process.pid, method, url, rawHeaders, remoteAddress, remotePort, localPort }));
});
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket, request) => {
  socket.send(JSON.stringify({ pid: process.pid, address: request.socket.remoteAddress }));
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(3000);
`;

interface Received {
  readonly pid: number;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly hash: string;
  readonly trailers: Readonly<Record<string, string>>;
}

/** A client with one connection, which is one worker's. */
class Client {
  readonly port: number;
  readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(t: TestContext, url: string) {
    this.port = Number(new URL(url).port);
    t.after(() => this.agent.destroy());
  }

  send(path: string, options: RequestOptions = {}) {
    return request({ host: "127.0.0.1", port: this.port, agent: this.agent, path, ...options });
  }

  async get(path: string, options: RequestOptions = {}): Promise<[IncomingMessage, string]> {
    const sent = this.send(path, options).end();
    const [response]: IncomingMessage[] = await once(sent, "response", {
      signal: AbortSignal.timeout(stretched(15_000)),
    });
    assert.ok(response);
    return [response, await text(response)];
  }

  async json(path: string, options: RequestOptions = {}): Promise<Received> {
    return JSON.parse((await this.get(path, options))[1]);
  }
}

/** Requests of this address are another worker's than the client's connection. */
interface Elsewhere {
  readonly gateway: GatewayProcess;
  readonly url: string;
  readonly client: Client;
  /** The worker of the connection, and that of the address. */
  readonly here: number;
  readonly there: number;
  readonly headers: { readonly "X-Forwarded-For": string };
}

async function start(t: TestContext, ...flags: string[]): Promise<[GatewayProcess, string]> {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=2", ...flags);
  return [gateway, await gateway.ready(2)];
}

async function elsewhere(t: TestContext, ...flags: string[]): Promise<Elsewhere> {
  const [gateway, url] = await start(t, ...flags);
  const client = new Client(t, url);
  const { pid: here } = await client.json("/");
  for (let last = 1; last < 64; last++) {
    const headers = { "X-Forwarded-For": `192.0.2.${last}` };
    const { pid: there } = await client.json("/?EIO=4", { headers });
    if (there !== here) return { gateway, url, client, here, there, headers };
  }
  throw new Error("every address is this worker's");
}

async function metric(gateway: GatewayProcess, result: string): Promise<number> {
  const page = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  const line = new RegExp(`gateway_requests_passed_on_total\\{result="${result}".*\\} (\\d+)`);
  return Number(line.exec(page)?.[1]);
}

/** Waits until a worker has a request without a response. */
async function untilItHas(gateway: GatewayProcess, pid: number): Promise<void> {
  const since = performance.now();
  for (;;) {
    const page = await (await fetch(`${await gateway.admin()}/status`)).text();
    const workers: readonly { pid: number; inFlight: number }[] = JSON.parse(page).workers;
    if (workers.some((each) => each.pid === pid && each.inFlight > 0)) return;
    assert.ok(!isLate(since, 15_000), "the other worker never had it");
    await pause(50);
  }
}

test("the application sees a request that was passed on as any other", async (t) => {
  const { client, here, there, headers } = await elsewhere(t);
  const fields = {
    ...headers,
    "X-Own": ["1", "2"],
    Cookie: "a=b",
    "X-Request-ID": "0190a5b2-7c3d-7e4f-8a6b-0c1d2e3f4a5b",
  };
  const varying = /^(traceparent|connection)$/i;
  const seen = async (path: string, method: string) => {
    const { pid, rawHeaders, url, ...rest } = await client.json(path, { headers: fields, method });
    const kept = rawHeaders.filter((_, at) => !varying.test(rawHeaders[at - (at % 2)] ?? ""));
    return { pid, rest, kept: kept.filter((_, at) => at % 2 === 0 || kept[at] !== "0") };
  };
  for (const method of ["GET", "DELETE", "PUT"]) {
    const local = await seen("/same", method);
    const passed = await seen("/same?EIO=4", method);
    assert.deepEqual([local.pid, passed.pid], [here, there]);
    assert.deepEqual(passed.rest, local.rest);
    assert.deepEqual(passed.kept.toSorted(), local.kept.toSorted());
  }
});

test("its response has the gateway's fields once, true for the client, and the application's", async (t) => {
  const { client, headers } = await elsewhere(t);
  const [response] = await client.get("/?EIO=4", { headers });
  const own = response.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const count = (name: string) => own.filter((each) => each === name).length;
  assert.deepEqual(
    ["x-request-id", "date", "server-timing", "set-cookie"].map(count),
    [1, 1, 2, 2],
  );
  const [first = ""] = response.rawHeaders.filter(
    (_, at) => response.rawHeaders[at - 1] === "Server-Timing",
  );
  const [, gateway, app] =
    /^(?:queue;dur=[\d.]+, )?gateway;dur=([\d.]+), app;dur=([\d.]+)$/.exec(first) ?? [];
  assert.ok(Number(gateway) > Number(app), first);
  assert.equal(response.headers.connection, "keep-alive");
  const [none] = await client.get("/none?EIO=4", { headers });
  assert.deepEqual([none.statusCode, none.headers.etag], [304, '"1"']);
  const [head, body] = await client.get("/?EIO=4", { headers, method: "HEAD" });
  assert.deepEqual([head.statusCode, body], [200, ""]);
});

test("bodies, trailers and interim responses pass both ways", async (t) => {
  const { client, there, headers } = await elsewhere(t);
  const body = randomBytes(3_000_000);
  const hash = createHash("sha256").update(body).digest("hex");
  for (const framing of [
    { "Content-Length": body.length },
    { "Transfer-Encoding": "chunked", Trailer: "X-Sum" },
  ]) {
    const sent = client.send("/hash?EIO=4", {
      method: "POST",
      headers: { ...headers, ...framing },
    });
    if ("Trailer" in framing) sent.addTrailers({ "X-Sum": "7" });
    sent.end(body);
    const [response]: IncomingMessage[] = await once(sent, "response");
    assert.ok(response);
    const received: Received = JSON.parse(await text(response));
    assert.deepEqual([received.pid, received.hash], [there, hash]);
    assert.equal(received.trailers["x-sum"], "Trailer" in framing ? "7" : undefined);
    assert.equal(response.trailers["x-after"], "sum");
  }
  const expecting = { ...headers, Expect: "100-continue", "Content-Length": 3 };
  const waits = client.send("/hash?EIO=4", { method: "POST", headers: expecting });
  waits.flushHeaders();
  await once(waits, "continue", { signal: AbortSignal.timeout(stretched(10_000)) });
  const [continued]: IncomingMessage[] = await once(waits.end("abc"), "response");
  continued?.resume();
  const hints = client.send("/hints?EIO=4", { headers });
  const [information] = await once(hints.end(), "information");
  assert.deepEqual(
    [information.statusCode, information.headers.link],
    [103, "</a.css>; rel=preload"],
  );
  const [big, text20] = await client.get("/big?EIO=4", { headers });
  assert.deepEqual([big.headers["content-length"], text20.length], ["20000000", 20_000_000]);
});

test("a body that the application does not read is bounded, and discarded at the end", async (t) => {
  const { client, there, headers } = await elsewhere(t);
  const body = Buffer.alloc(2_000_000);
  const early = client.send("/unread?EIO=4", { method: "POST", headers });
  const [response]: IncomingMessage[] = await once(early.end(body), "response");
  assert.ok(response);
  assert.equal(JSON.parse(await text(response)).pid, there);
  assert.equal((await client.json("/?EIO=4", { headers })).pid, there);
  // Too long for all buffers between client and application.
  const endless = client.send("/stuck?EIO=4", { method: "POST", headers });
  endless.on("error", () => undefined);
  let written = 0;
  const piece = Buffer.alloc(64 * 1024);
  while (
    endless.write(piece) ||
    (await Promise.race([once(endless, "drain"), pause(stretched(300))]))
  ) {
    written += piece.length;
    assert.ok(written < 64 * 1024 ** 2, "everything is read");
  }
  endless.destroy();
});

test("a client that leaves ends its request at the worker that serves it, which logs 499", async (t) => {
  const { gateway, client, there, headers } = await elsewhere(t);
  const sent = client.send("/stream?EIO=4", { headers }).end();
  const [response]: IncomingMessage[] = await once(sent, "response");
  const [first] = await once(response ?? sent, "data");
  assert.equal(String(first), `data: ${there}\n\n`);
  sent.on("error", () => undefined).destroy();
  response?.on("error", () => undefined);
  await gateway.line(({ message, pid }) => message === "closed" && pid === there);
  const line = await gateway.line(({ message, status }) => message === "access" && status === 499);
  assert.deepEqual(
    [line.pid, line.target, line.client],
    [there, "/stream?EIO=4", headers["X-Forwarded-For"]],
  );
});

test("a request has one access line, of the worker that served it", async (t) => {
  const { gateway, client, here, there, headers } = await elsewhere(t);
  await client.json("/once?EIO=4", { headers });
  await client.json("/local", { headers });
  await gateway.line(({ target }) => target === "/local");
  const lines = gateway.lines.filter(
    ({ target }) => target === "/once?EIO=4" || target === "/local",
  );
  assert.deepEqual(
    lines.map(({ pid, target }) => [pid, target]),
    [
      [there, "/once?EIO=4"],
      [here, "/local"],
    ],
  );
});

test("without affinity nothing is passed on, whatever a stranger sends", async (t) => {
  const [gateway, url] = await start(t, "--trusted-proxies=192.0.2.1");
  const client = new Client(t, url);
  const { pid: here } = await client.json("/");
  for (let at = 0; at < 20; at++) {
    const headers = {
      "X-Affinity-Key": `k${at}`,
      "X-Forwarded-For": `192.0.2.${at}`,
      "Gatehouse-Passed-On": "{}",
    };
    const { pid, rawHeaders } = await client.json(`/EIO=4?x=${at}`, { headers });
    assert.equal(pid, here);
    assert.ok(!rawHeaders.includes("X-Affinity-Key"));
  }
  assert.equal(await metric(gateway, "passed"), 0);
  // The socket's address counts, and not what a stranger says that it is.
  const pids = new Set<number>();
  for (let at = 0; at < 20; at++) {
    const headers = { "X-Affinity-Key": `k${at}`, "X-Forwarded-For": `192.0.2.${at}` };
    pids.add((await client.json("/?EIO=4", { headers })).pid);
  }
  assert.equal(pids.size, 1);
});

test("a trusted proxy's key counts for any request; --affinity=client takes all by address", async (t) => {
  const [, url] = await start(t);
  const client = new Client(t, url);
  const byKey = async (key: string) =>
    (await client.json("/", { headers: { "X-Affinity-Key": key } })).pid;
  const keys = Array.from({ length: 20 }, (_, at) => `key-${at}`);
  const first = await Promise.all(keys.map(byKey));
  assert.equal(new Set(first).size, 2);
  assert.deepEqual(await Promise.all(keys.map(byKey)), first);
  const [, other] = await start(t, "--affinity=client");
  const wide = new Client(t, other);
  const from = async (address: string) =>
    (await wide.json("/", { headers: { "X-Forwarded-For": address } })).pid;
  const pids = new Set<number>();
  for (let at = 0; at < 20; at++) pids.add(await from(`192.0.2.${at}`));
  assert.equal(pids.size, 2);
  assert.equal(await from("2001:db8:0:1::9"), await from("2001:db8:0:1:a:b:c:d"));
});

test("where the other worker ends, what it had is lost and said so; later ones are served", async (t) => {
  const { gateway, client, there, headers } = await elsewhere(t);
  const sent = client.send("/stuck?EIO=4", { headers }).end();
  const broken = once(sent, "response").then(
    () => "response",
    (error: Error) => error.message,
  );
  await untilItHas(gateway, there);
  process.kill(there, "SIGKILL");
  assert.equal(await broken, "socket hang up");
  const line = await gateway.line(({ message }) => String(message).includes("is lost"));
  assert.match(String(line.message), /passed on is lost: its worker ended/);
  assert.notEqual((await client.json("/?EIO=4", { headers })).pid, there);
});

test("where the other worker cannot be reached, the request is served here", async (t) => {
  const { gateway, client, here, headers } = await elsewhere(t);
  const parent = dirname(gateway.controlSocket);
  const folder = readdirSync(parent).find((name) => name.startsWith("gateway-workers-")) ?? "";
  assert.equal(statSync(`${parent}/${folder}`).mode & 0o777, 0o700);
  for (const name of readdirSync(`${parent}/${folder}`)) rmSync(`${parent}/${folder}/${name}`);
  const body = "a body that must not be sent twice";
  const sent = client.send("/hash?EIO=4", { method: "POST", headers }).end(body);
  const [response]: IncomingMessage[] = await once(sent, "response");
  const { pid, hash } = JSON.parse(await text(response ?? (await client.get("/"))[0]));
  assert.deepEqual([pid, hash], [here, createHash("sha256").update(body).digest("hex")]);
  await gateway.line(({ message }) => String(message).includes("is served here"));
  assert.equal(await metric(gateway, "gone"), 1);
});

test("where the other worker is stuck, the request gets 503 in time, and nothing was sent", async (t) => {
  const { gateway, client, there, headers } = await elsewhere(
    t,
    "--queue-timeout=300",
    "--timeout=0",
  );
  process.kill(there, "SIGSTOP");
  try {
    const [response] = await client.get("/?EIO=4", { headers });
    assert.deepEqual([response.statusCode, response.headers["retry-after"]], [503, "1"]);
    await gateway.line(({ message }) => String(message).includes("is stuck"));
  } finally {
    process.kill(there, "SIGCONT");
  }
});

test("what is passed on is bounded: more than the other worker would take gets 503", async (t) => {
  const bound = ["--max-in-flight=1", "--queue-size=0"];
  const { gateway, client, there, headers } = await elsewhere(t, ...bound);
  client.agent.maxSockets = 8;
  const first = client.send("/stuck?EIO=4", { headers }).on("error", () => undefined);
  first.end();
  await untilItHas(gateway, there);
  const [second] = await client.get("/?EIO=4", { headers });
  assert.equal(second.statusCode, 503);
  first.destroy();
});

test("a reload moves each key once, when its worker retires", async (t) => {
  const [gateway, url] = await start(t, "--affinity=client");
  const keys = Array.from({ length: 12 }, (_, at) => `192.0.2.${at}`);
  const seen = new Map<string, number[]>(keys.map((key) => [key, []]));
  const ask = async () => {
    for (const [key, pids] of seen) {
      const client = new Client(t, url);
      const { pid } = await client.json("/", {
        headers: { "X-Forwarded-For": key, Connection: "close" },
      });
      if (pids.at(-1) !== pid) pids.push(pid);
    }
  };
  await ask();
  gateway.child.kill("SIGHUP");
  let done = false;
  void gateway
    .line(({ message }) => message === "reload done")
    .then(() => {
      done = true;
    });
  while (!done) await ask();
  await ask();
  for (const [key, pids] of seen) assert.equal(new Set(pids).size, 2, `${key}: ${pids}`);
});

async function open(t: TestContext, url: string, address: string) {
  const { WebSocket: Client } = await import("ws");
  const socket = new Client(`${url.replace("http", "ws")}/?EIO=4`, {
    headers: { "X-Forwarded-For": address },
  });
  t.after(() => socket.terminate());
  const [greeting] = await once(socket, "message", {
    signal: AbortSignal.timeout(stretched(10_000)),
  });
  return { socket, greeting: JSON.parse(String(greeting)) };
}

test("a WebSocket passes both ways, with its close; its access line is the other worker's", async (t) => {
  const { gateway, url, client, headers } = await elsewhere(t);
  const address = headers["X-Forwarded-For"];
  const { pid } = await client.json("/?EIO=4", { headers });
  // Connections go to the workers in turn: one of two is not this worker's.
  for (const _ of [1, 2]) {
    const { socket, greeting } = await open(t, url, address);
    assert.deepEqual(greeting, { pid, address: "127.0.0.1" });
    const bytes = randomBytes(3_000_000);
    socket.send(bytes);
    const [echo] = await once(socket, "message", {
      signal: AbortSignal.timeout(stretched(10_000)),
    });
    assert.ok(bytes.equals(echo));
    socket.close(4000, "done");
    const [code] = await once(socket, "close", { signal: AbortSignal.timeout(stretched(10_000)) });
    assert.equal(code, 4000);
  }
  await gateway.line(({ status }) => status === 101, 2);
  const lines = gateway.lines.filter(({ status }) => status === 101);
  assert.deepEqual(
    lines.map((line) => [line.pid, line.client]),
    [
      [pid, address],
      [pid, address],
    ],
  );
});

test("a reload and a drain close WebSockets with 1001, also between two workers", async (t) => {
  const { gateway, url } = await elsewhere(t);
  const sockets = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => open(t, url, `192.0.2.${at}`)));
  const codes = sockets.map(({ socket }) => once(socket, "close").then(([code]) => code));
  gateway.child.kill("SIGHUP");
  assert.deepEqual(
    await Promise.all(codes),
    codes.map(() => 1001),
  );
  await gateway.line(({ message }) => message === "reload done");
  const again = await Promise.all([1, 2, 3, 4].map((at) => open(t, url, `192.0.2.${at}`)));
  const closed = again.map(({ socket }) => once(socket, "close").then(([code]) => code));
  gateway.child.kill("SIGTERM");
  assert.deepEqual(
    await Promise.all(closed),
    closed.map(() => 1001),
  );
  assert.deepEqual(await gateway.exited, [0, null]);
  const left = readdirSync(dirname(gateway.controlSocket));
  assert.deepEqual(
    left.filter((name) => name.startsWith("gateway-workers-")),
    [],
  );
});

test("a forged mark of a passed-on request is nothing but a field", async (t) => {
  const [, url] = await start(t);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => socket.destroy());
  const mark = '{"by":1,"remoteAddress":"192.0.2.9","remotePort":1}';
  socket.write(
    `GET / HTTP/1.1\r\nGatehouse-Passed-On: ${mark}\r\nHost: a\r\nConnection: close\r\n\r\n`,
  );
  const received = await text(socket);
  assert.match(received, /^HTTP\/1\.1 200 /);
  assert.match(received, /"remoteAddress":"127\.0\.0\.1"/);
});
