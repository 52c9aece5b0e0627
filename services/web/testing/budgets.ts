import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { isLate } from "@gatehouse/telemetry/testing";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startUpstream } from "./edge.ts";
import { FLAG, FRAME, fieldBlock, frame, uint32 } from "./http2-frames.ts";
import { makeCertificate } from "./https.ts";

const LARGE = 1024 ** 2;
const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** An edge in front of an application that knows `/events`, `/large`, `/never` and pages. */
export async function startBudgeted(t: TestContext, changes: Partial<WebSettings> = {}) {
  const { settings } = await makeCertificate(t);
  const seen: string[] = [];
  const waiting: ServerResponse[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      if (request.url === "/never") return;
      if (request.url === "/wide") response.setHeader("X-Wide", "x".repeat(16_000));
      seen.push(request.url ?? "");
      if (request.url === "/hand") waiting.push(response);
      else if (request.url === "/large") response.end(Buffer.alloc(LARGE));
      else if (request.url !== "/events") response.end("page");
      else response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
    },
    undefined,
  );
  upstream.site.on("upgrade", (_, socket) => {
    socket
      .on("end", () => socket.end())
      .resume()
      .write(SWITCHED);
  });
  const edge = await runEdge(t, upstream, {
    https: "serve",
    ...settings,
    connectTimeout: 1000,
    gracefulTimeout: 100,
    cacheSize: 0,
    ...changes,
  });
  const { http, https = 0, admin } = edge.ports;
  const metrics = async () => (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const value = (page: string, metric: string) => {
    const line = page.split("\n").find((each) => each.startsWith(`${metric} `));
    return Number(line?.slice(metric.length + 1) ?? 0);
  };
  const held = async (budget: string) =>
    value(await metrics(), `web_budget_held{budget="${budget}"}`);
  return {
    http,
    https,
    /** The targets of the requests that the application has received. */
    seen,
    /** The responses to `/hand`, which the test ends. */
    waiting,
    /** Requests that wait for a connection to the application. */
    queued: async () => value(await metrics(), 'web_upstream_waiting{replica="127.0.0.2"}'),
    held,
    /** Watches the memory for a while. */
    within: async (limit: number, time = 200) => {
      const since = performance.now();
      while (!isLate(since, time)) {
        const memory = await held("memory");
        assert.ok(memory <= limit, `${memory} bytes are held`);
      }
    },
    /** How many slow readers were cut. */
    cuts: async () => value(await metrics(), 'web_limited_total{limit="slow-reader"}'),
    /** Resolves once every budget is back. */
    returned: async () => {
      await eventually(metrics, (page) => {
        const budgets = page.match(/^web_(budget_held|upstream_in_flight)\{.*$/gm) ?? [];
        const sessions = value(page, "web_http2_sessions");
        return budgets.length > 5 && sessions === 0 && budgets.every((line) => line.endsWith(" 0"));
      });
    },
  };
}

/** A response to a client with an address of its own. */
export async function ask(port: number, path: string, from: string): Promise<IncomingMessage> {
  const request = get({ port, host: "127.0.0.1", path, localAddress: from, agent: false });
  request.on("error", () => undefined);
  const [response] = await once(request, "response");
  response.on("error", () => undefined);
  return response;
}

export async function statusOf(
  port: number,
  path: string,
  from: string,
): Promise<number | undefined> {
  const response = await ask(port, path, from);
  await text(response);
  return response.statusCode;
}

export async function openSocket(t: TestContext, port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

export const requestFor = (path: string, method = "GET") =>
  [
    [":method", method],
    [":scheme", "https"],
    [":authority", "a.example"],
    [":path", path],
  ] as const;

export function requests(path: string, count: number): Buffer {
  const flags = FLAG.endStream | FLAG.endHeaders;
  const block = fieldBlock(requestFor(path));
  return Buffer.concat(
    Array.from({ length: count }, (_, at) => frame(FRAME.headers, flags, 2 * at + 1, block)),
  );
}

export const NO_WINDOW = Buffer.from([0, 4, 0, 0, 0, 0]);
const WIDE_WINDOW = Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]);
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A client of HTTP/2 that reads nothing of its connection after the handshake. */
export async function openDeaf(
  t: TestContext,
  port: number,
  ...frames: Buffer[]
): Promise<TLSSocket> {
  const options = { host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] };
  const socket = connectTls(options);
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  socket.pause();
  const session = frame(FRAME.windowUpdate, 0, 0, uint32(0x7fff_0000 - 65_535));
  socket.write(
    Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0, WIDE_WINDOW), session, ...frames]),
  );
  return socket;
}
