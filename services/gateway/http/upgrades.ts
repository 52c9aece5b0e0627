import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import type { Logger, Tracer } from "@gatehouse/telemetry";
import type { Affinity } from "../affinity/affinity.ts";
import { linkTo } from "../affinity/pass-on.ts";
import { passUpgrade } from "../affinity/pass-upgrade.ts";
import { takeMark } from "../affinity/passed-fields.ts";
import type { GatewaySettings } from "../settings.ts";
import type { AccessLog } from "../telemetry/access-log.ts";
import type { RequestMetrics } from "../telemetry/request-metrics.ts";
import { beginSpan, endUpgrade } from "../telemetry/spans.ts";
import type { ForwardedHeaders } from "./forwarded-headers.ts";
import { setRequestId } from "./request-fields.ts";
import { Backlog } from "./websocket-backlog.ts";

/** Responds to a request; one that expects "100 Continue" has not got it yet. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Takes over the connection of a request with `Upgrade`. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

/** A client broke the rules of HTTP, or its connection. */
export type ClientErrorListener = (error: Error, socket: Duplex) => unknown;

/** What the HTTP server needs of the application behind it. */
export interface ServedApplication {
  readonly listener: RequestListener;
  /** Every request is emitted once more, by a server of the application's own. */
  readonly listens: boolean;
  /** Called with every new connection. */
  adopt(socket: Socket): void;
  /** For errors that Node reports to `request.socket.server`, which is the application's own. */
  onClientError(listener: ClientErrorListener): void;
  /** Undefined: the request gets a plain response. */
  upgradeFor(request: IncomingMessage): UpgradeListener | undefined;
}

interface UpgradeParts {
  readonly settings: GatewaySettings;
  readonly application: ServedApplication;
  readonly forwarded: ForwardedHeaders;
  readonly affinity: Affinity;
  readonly links: ReadonlySet<Duplex>;
  readonly metrics: RequestMetrics;
  readonly view: { readonly id: number };
  readonly accessLog: AccessLog;
  readonly logger: Logger;
  readonly tracer: Tracer | undefined;
}

/** What is known of a WebSocket that an application here has. */
interface WebSocketFacts {
  /** The bytes that had been written before the connection was handed over. */
  readonly before: number;
  /** The worker that has the client's connection, where that is another one. */
  readonly by: number | undefined;
}

const OVERLOADED =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/** A complete WebSocket frame: close, with the status 1001 "going away" (RFC 6455, 5.5.1, 7.4.1). */
const GOING_AWAY = Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]);
/** Milliseconds that a client may take to respond to a close frame. */
const CLOSE_TIMEOUT = 2000;

/** The connections that applications took over. Node's `close()` waits for them without end. */
export class Upgrades {
  readonly #parts: UpgradeParts;
  readonly #webSockets = new Map<Duplex, WebSocketFacts>();
  /** Clients whose WebSockets other workers have. */
  readonly #passedOn = new Set<Duplex>();
  readonly #backlog: Backlog;
  #closing = false;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
    const { webSocketBacklog, webSocketBacklogs } = parts.settings;
    this.#backlog = new Backlog(webSocketBacklog, webSocketBacklogs, (_, bytes) =>
      parts.logger.warn("websocket cut: its client does not read", { waiting: bytes }),
    );
  }

  /** Bytes that wait to be sent on them. */
  get backlog(): number {
    return this.#backlog.bytes;
  }

  /** Hands the connection of an upgrade to the application. */
  async take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { application, forwarded, accessLog, logger, tracer } = this.#parts;
    const { method = "", url: target = "" } = request;
    const begun = performance.now();
    const id = { requestId: "", traceparent: "" };
    const isPassedOn = this.#parts.links.has(socket);
    const by = isPassedOn ? takeMark(request) : undefined;
    const client = isPassedOn
      ? String(request.headers["x-forwarded-for"])
      : forwarded.rewrite(request);
    const span = tracer && beginSpan(tracer, request, false);
    setRequestId(request, id);
    // Node has removed its own listeners; without one an error would end the worker.
    socket.on("error", () => socket.destroy());
    if (this.#parts.affinity.shared && !isPassedOn) {
      const owner = this.#parts.affinity.ownerOf(request, client);
      const passed = owner !== undefined && (await this.#passOn(request, socket, head, owner, id));
      if (passed || socket.destroyed) return;
    }
    const upgrade = application.upgradeFor(request);
    if (upgrade === undefined) {
      socket.destroy();
      return;
    }
    const line = { request_id: id.requestId, traceparent: id.traceparent, method, target, client };
    socket.once("close", () => {
      accessLog.write({ ...line, status: 101, duration: performance.now() - begun });
      if (span !== undefined) endUpgrade(span, line, begun);
    });
    if (request.headers.upgrade?.toLowerCase() === "websocket") {
      this.#webSockets.set(socket, { before: written(socket), by });
      socket.once("close", () => this.#webSockets.delete(socket));
    }
    this.#backlog.watch(socket);
    try {
      await upgrade(request, socket, head);
      if (this.#closing) this.close();
    } catch (error) {
      socket.destroy();
      logger.error("application error", { request_id: id.requestId, error });
    }
  }

  /** Closes every WebSocket with 1001. A close frame may stand between any two frames. */
  close(): void {
    this.#closing = true;
    for (const socket of this.#webSockets.keys()) this.#goAway(socket);
    // Their own workers close them when they learn that this one retires.
    for (const socket of this.#passedOn) {
      setTimeout(() => socket.destroy(), 2 * CLOSE_TIMEOUT).unref();
    }
  }

  /** Closes the WebSockets whose clients are connected to other workers than these. */
  closeThoseOfOthersThan(serving: readonly number[]): void {
    for (const [socket, { by }] of this.#webSockets) {
      if (by !== undefined && !serving.includes(by)) this.#goAway(socket);
    }
  }

  #goAway(socket: Duplex): void {
    const before = this.#webSockets.get(socket)?.before;
    this.#webSockets.delete(socket);
    // Without a response to its handshake it is no WebSocket yet.
    if (written(socket) === before) socket.destroy();
    else socket.write(GOING_AWAY);
    setTimeout(() => socket.destroy(), CLOSE_TIMEOUT).unref();
  }

  /** Has another worker take the upgrade. @returns false where that is gone */
  async #passOn(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    owner: number,
    { requestId }: { readonly requestId: string },
  ): Promise<boolean> {
    const link = await linkTo(this.#parts, owner, requestId);
    if (link === "gone") return false;
    if (link === "late") socket.end(OVERLOADED);
    else if (socket.destroyed) link.destroy();
    else {
      this.#passedOn.add(socket);
      socket.once("close", () => this.#passedOn.delete(socket));
      passUpgrade(request, socket, head, link, this.#parts.view.id);
      if (this.#closing) this.close();
    }
    return true;
  }
}

function written(socket: Duplex): number {
  return socket instanceof Socket ? socket.bytesWritten : 0;
}
