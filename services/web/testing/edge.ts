import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { TestContext } from "node:test";
import { Admin, type Logger } from "@gatehouse/telemetry";
import { isLate } from "@gatehouse/telemetry/testing";
import { AggregatorRegistry } from "prom-client";
import { Edge } from "../edge.ts";
import { type WebSettings, webSettings } from "../settings.ts";
import type { Site } from "../site/site.ts";
import { site } from "../site.ts";

/** The port of the admin pages of all gateways of a test, which differ by address. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
  readonly adminPort: number;
  readonly site: Server;
  readonly admin: Server;
  readiness: string;
  close(): void;
}

/**
 * A gateway on a loopback address of its own: 127.0.0.2, 127.0.0.3 and so on, with the ports of
 * `like` where several of them stand behind one name.
 */
export async function startUpstream(
  t: TestContext,
  address: string,
  listener: RequestListener,
  like: Upstream | undefined,
): Promise<Upstream> {
  const upstream = { readiness: "ready" };
  const site = await listen(createServer(listener), address, like?.port ?? 0);
  const admin = await listen(
    createServer((_, response) => response.end(`${upstream.readiness}\n`)),
    address,
    like?.adminPort ?? 0,
  );
  const close = () => {
    for (const server of [site, admin]) server.close().closeAllConnections();
  };
  t.after(close);
  const ports = { port: portOf(site), adminPort: portOf(admin) };
  return Object.assign(upstream, { address, ...ports, site, admin, close });
}

/** Codes of a name server's responses: found, failed, no such name. RFC 1035, section 4.1.1. */
const [NO_ERROR, SERVER_FAILURE, NAME_ERROR] = [0, 2, 3];

/**
 * A name server for one name, whose addresses a test may change. RFC 1035, section 4.
 * @param fails whether it responds with a failure now
 * @param delay milliseconds that it waits before it responds
 */
export async function startNameServer(
  t: TestContext,
  addresses: string[],
  canaries: string[] = [],
  fails: () => boolean = () => false,
  delay: () => number = () => 0,
): Promise<string> {
  const socket = createSocket("udp4");
  const timers = new Set<NodeJS.Timeout>();
  socket.on("message", (query, { port, address }) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const failing = fails();
    const found = failing ? [] : question.includes("-canary") ? canaries : addresses;
    const answers = found.map((each) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...each.split(".").map(Number)]),
    );
    const absent = failing ? SERVER_FAILURE : NAME_ERROR;
    const flags = 0x8180 | (found.length > 0 ? NO_ERROR : absent);
    const head = Buffer.alloc(12);
    for (const [at, word] of [query.readUInt16BE(0), flags, 1, answers.length, 0, 0].entries()) {
      head.writeUInt16BE(word, at * 2);
    }
    const response = Buffer.concat([head, question, ...answers]);
    timers.add(setTimeout(() => socket.send(response, port, address), delay()));
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => {
    for (const timer of timers) clearTimeout(timer);
    socket.close();
  });
  return `127.0.0.1:${socket.address().port}`;
}

/** An edge on ports of its own, in front of `upstream`, with short intervals. */
export async function startEdge(
  t: TestContext,
  upstream: Upstream,
  changes: Partial<WebSettings>,
): Promise<string> {
  const { ports } = await runEdge(t, upstream, changes);
  return `http://127.0.0.1:${ports.http}`;
}

/** An edge without a primary, and the admin pages that this would have. */
export interface TestEdge {
  readonly edge: Edge;
  readonly ports: { readonly http: number; readonly https: number | undefined; admin: number };
  stop(): Promise<void>;
}

const SILENT: Logger = { info() {}, warn() {}, error() {} };

/** The same, with its other ports and a way to stop it. */
export async function runEdge(
  t: TestContext,
  upstream: Upstream,
  changes: Partial<WebSettings>,
  siteOf: (settings: WebSettings) => Site = site,
  logger: Logger = SILENT,
): Promise<TestEdge> {
  const defaults = Object.fromEntries(
    Object.entries(webSettings.rows).map(([name, row]) => [name, row.default]),
  ) as WebSettings;
  const settings: WebSettings = {
    ...defaults,
    https: "off",
    upstream: `${upstream.address}:${upstream.port}`,
    upstreamAdminPort: upstream.adminPort,
    resolveInterval: 100,
    checkInterval: 100,
    accessLog: "off",
    ...changes,
  };
  const edge = new Edge(settings, siteOf(settings), logger);
  const place = { host: "127.0.0.1", port: 0, reusePort: true } as const;
  await edge.start({ http: place, https: place });
  const admin = new Admin({
    livez: () => undefined,
    readyz: () => "ready",
    metrics: async () => AggregatorRegistry.aggregate([[...edge.metrics()]]).metrics(),
    status: () => edge.status(),
  });
  await admin.listen({ host: "127.0.0.1", port: 0, socket: "" });
  const stop = async () => {
    admin.close();
    await edge.stop();
  };
  t.after(stop);
  return { edge, ports: { ...edge.ports, admin: admin.port }, stop };
}

/** Sends bytes as they are; resolves with all that came back until the server closed. */
export async function exchangeBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  // Not end(): Node takes a client's half-close for a client that has left, as nginx does.
  const socket = connect(Number(port), hostname, () => socket.write(bytes));
  return Buffer.concat(await socket.toArray()).toString("latin1");
}

/** Calls again until the value satisfies; rejects after ten seconds of a quiet machine. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (value: T) => boolean) {
  const since = performance.now();
  for (;;) {
    const value = await ask();
    if (satisfies(value)) return value;
    if (isLate(since, 10_000)) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((soon) => setTimeout(soon, 20));
  }
}

async function listen(server: Server, host: string, port: number): Promise<Server> {
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
