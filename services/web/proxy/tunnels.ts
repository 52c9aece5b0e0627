import type { IncomingMessage } from "node:http";
import type { Logger } from "@gatehouse/telemetry";
import { codeOf, EdgeError, isUnreachable, upstreamError } from "../exchange/edge-error.ts";
import type { Exchange, Upgrade } from "../exchange/exchange.ts";
import type { Replica } from "../replicas/replica.ts";
import type { Replicas } from "../replicas/replicas.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { handshake } from "./handshake.ts";
import { timeoutsOf } from "./timeouts.ts";
import { Tunnel } from "./tunnel.ts";
import { requestHead } from "./upstream-request.ts";

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

/** The WebSockets that go through the edge. */
export class Tunnels {
  readonly #settings: WebSettings;
  readonly #replicas: Replicas;
  readonly #logger: Logger;
  readonly #open = new Set<Tunnel>();

  constructor(settings: WebSettings, replicas: Replicas, logger: Logger) {
    this.#settings = settings;
    this.#replicas = replicas;
    this.#logger = logger;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Has a replica take a WebSocket; resolves when it has taken or refused it.
   * @throws EdgeError where no answer began.
   */
  async connect(exchange: Exchange, route: ProxyRoute, client: Upgrade): Promise<void> {
    const { firstByte, betweenBytes } = timeoutsOf(route, this.#settings);
    const limits = { connectTimeout: this.#settings.connectTimeout, firstByte, betweenBytes };
    const request = requestHead(exchange, undefined, false, UPGRADE);
    const tried = new Set<Replica>();
    let failure: EdgeError | undefined;
    for (;;) {
      const replica = this.#replicas.choose(tried);
      if (replica === undefined) break;
      tried.add(replica);
      exchange.attempt(replica.address);
      let sent = false;
      const release = hold(replica);
      try {
        const asked = () => {
          sent = true;
          exchange.sent();
        };
        const { address, port } = replica;
        const taken = await handshake(address, port, request, limits, asked, exchange);
        exchange.headReceived();
        replica.circuit.succeeded();
        if (taken === undefined) {
          client.socket.once("close", release);
          return;
        }
        const abandon = () => {
          taken.socket.destroy();
          release();
        };
        client.socket.once("close", abandon);
        if (client.socket.destroyed) abandon();
        taken.socket.unshift(taken.rest);
        exchange.switchProtocols(taken.head.fields, taken.head.timing, () => {
          client.socket.off("close", abandon).unshift(client.head);
          this.#add(client, taken.socket, release);
        });
        return;
      } catch (error) {
        release();
        const cause = error instanceof Error ? error : new Error(String(error));
        failure = upstreamError(cause);
        if (failure.code === "client-left") replica.circuit.withdrawn();
        else replica.circuit.failed();
        const reason = `${codeOf(cause)} ${cause.message}`;
        const { requestId: request_id } = exchange;
        this.#logger.warn("attempt failed", { request_id, replica: replica.address, reason, sent });
        if (isUnreachable(cause)) replica.suspect(cause.message);
        if (sent || failure.code === "client-left") break;
      }
    }
    throw failure ?? new EdgeError("no-replica", 503, "No application is running at the moment.");
  }

  /** Ends all of them, for an edge whose graceful time is over. */
  end(): void {
    for (const tunnel of this.#open) tunnel.end();
  }

  #add({ socket }: Upgrade, upstream: ConstructorParameters<typeof Tunnel>[1], gone: () => void) {
    const tunnel = new Tunnel(socket, upstream, this.#settings.tunnelIdle, () => {
      this.#open.delete(tunnel);
      gone();
    });
    this.#open.add(tunnel);
  }
}

/**
 * Whether a request asks for what the edge tunnels. Nothing but a WebSocket: an upgrade to h2c, say,
 * would carry requests past all rules. One with a body could be read in two ways.
 */
export function asksForTunnel({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    httpVersion === "1.1" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    headers["transfer-encoding"] === undefined &&
    headers["content-length"] === undefined
  );
}

/** Counts a tunnel among what a replica has in flight; call the result when it is over. */
function hold(replica: Replica): () => void {
  replica.inFlight++;
  replica.circuit.enter();
  let held = true;
  return () => {
    if (held) replica.inFlight--;
    held = false;
  };
}
