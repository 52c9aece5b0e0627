import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import type { Logger } from "@gatehouse/telemetry";
import type { GatewaySettings } from "../settings.ts";
import type { AccessLog } from "../telemetry/access-log.ts";
import { Backlog } from "./backlog.ts";
import type { ForwardedHeaders } from "./forwarded-headers.ts";
import { setRequestId } from "./request-fields.ts";

/** Responds to a request; one that expects "100 Continue" has not got it yet. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Takes over the connection of a request with `Upgrade`. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

/** A client broke the rules of HTTP, or its connection. */
export type ClientErrorListener = (error: Error, socket: Duplex) => unknown;

/** What the HTTP server needs of the application behind it. */
export interface ServedApplication {
  readonly listener: RequestListener;
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
  readonly accessLog: AccessLog;
  readonly logger: Logger;
}

/** A complete WebSocket frame: close, with the status 1001 "going away" (RFC 6455, 5.5.1, 7.4.1). */
const GOING_AWAY = Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]);
/** Milliseconds that a client may take to respond to a close frame. */
const CLOSE_TIMEOUT = 2000;

/** The connections that applications took over. Node's `close()` waits for them without end. */
export class Upgrades {
  readonly #parts: UpgradeParts;
  /** With the bytes that had been written before the connection was handed over. */
  readonly #webSockets = new Map<Duplex, number>();
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
    const { application, forwarded, accessLog, logger } = this.#parts;
    const { method = "", url: target = "" } = request;
    const begun = performance.now();
    const id = { requestId: "", traceparent: "" };
    const client = forwarded.rewrite(request);
    setRequestId(request, id);
    const upgrade = application.upgradeFor(request);
    if (upgrade === undefined) {
      socket.destroy();
      return;
    }
    const line = { request_id: id.requestId, traceparent: id.traceparent, method, target, client };
    socket.once("close", () => {
      accessLog.write({ ...line, status: 101, duration: performance.now() - begun });
    });
    if (request.headers.upgrade?.toLowerCase() === "websocket") {
      this.#webSockets.set(socket, written(socket));
      socket.once("close", () => this.#webSockets.delete(socket));
    }
    // Node has removed its own listeners; without one an error would end the worker.
    socket.on("error", () => socket.destroy());
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
    for (const [socket, before] of this.#webSockets) {
      this.#webSockets.delete(socket);
      // Without a response to its handshake it is no WebSocket yet.
      if (written(socket) === before) socket.destroy();
      else socket.write(GOING_AWAY);
      setTimeout(() => socket.destroy(), CLOSE_TIMEOUT).unref();
    }
  }
}

function written(socket: Duplex): number {
  return socket instanceof Socket ? socket.bytesWritten : 0;
}
