import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate, stretched } from "@gatehouse/telemetry/testing";
import { type GatewayProcess, startGateway, writeModules } from "./gateway-process.ts";

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

export interface Received {
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
export class Client {
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
export interface Elsewhere {
  readonly gateway: GatewayProcess;
  readonly url: string;
  readonly client: Client;
  /** The worker of the connection, and that of the address. */
  readonly here: number;
  readonly there: number;
  readonly headers: { readonly "X-Forwarded-For": string };
}

export async function start(t: TestContext, ...flags: string[]): Promise<[GatewayProcess, string]> {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=2", ...flags);
  return [gateway, await gateway.ready(2)];
}

export async function elsewhere(t: TestContext, ...flags: string[]): Promise<Elsewhere> {
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

export async function metric(gateway: GatewayProcess, result: string): Promise<number> {
  const page = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  const line = new RegExp(`gateway_requests_passed_on_total\\{result="${result}".*\\} (\\d+)`);
  return Number(line.exec(page)?.[1]);
}

/** Waits until a worker has a request without a response. */
export async function untilItHas(gateway: GatewayProcess, pid: number): Promise<void> {
  const since = performance.now();
  for (;;) {
    const page = await (await fetch(`${await gateway.admin()}/status`)).text();
    const workers: readonly { pid: number; inFlight: number }[] = JSON.parse(page).workers;
    if (workers.some((each) => each.pid === pid && each.inFlight > 0)) return;
    assert.ok(!isLate(since, 15_000), "the other worker never had it");
    await pause(50);
  }
}
