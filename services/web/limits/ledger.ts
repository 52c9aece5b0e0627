import type { Socket } from "node:net";
import { clientKey, keyOfClient, TrustedPeers } from "@gatehouse/http";
import { gauge, type Metric } from "@gatehouse/telemetry";
import type { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";
import { ClientConnection, type Cut, OpenRequest, REQUEST } from "./client-connection.ts";
import type { Limit, LimitLog } from "./limit-log.ts";
import { Memory } from "./memory.ts";
import { gaveWay, refusalBy } from "./over-budget.ts";
import { Precedence } from "./precedence.ts";
import { Rejection } from "./rejection.ts";
import { type ShareDecision, Shares } from "./shares.ts";

/** Requests in flight of one connection, of every client: HTTP/2 announces the same number. */
export const REQUESTS_OF_CONNECTION = 128;
const LONG_OF_CONNECTION = 64;

/** Milliseconds after a connection closes, when its requests that are still open are ended. */
const LEFTOVER_TIME = 250;

/**
 * What the clients of one worker hold: connections, requests in flight, responses that stay open, and
 * memory. Each has a bound for all clients, and once that is reached, an equal share for each: the
 * greedy are refused or cut first. All is given back by two events, the close of a socket that was
 * accepted and the end of an exchange; what Node believes of its sessions and streams does not count.
 */
export class Ledger {
  readonly #settings: WebSettings;
  readonly #log: LimitLog;
  readonly #trusted: TrustedPeers;
  readonly #rejection = new Rejection();
  readonly #mostConnectionsOfClient: number;
  readonly #shares: {
    readonly connections: Shares<ClientConnection>;
    readonly requests: Shares<OpenRequest>;
    readonly long: Shares<OpenRequest>;
  };
  readonly #memory: Memory;
  readonly #precedence = new Precedence(() => performance.now());
  readonly #connections = new Map<Socket, ClientConnection>();
  readonly #requests = new Map<Exchange, OpenRequest>();
  readonly #watches: (() => void)[] = [];

  constructor(settings: WebSettings, log: LimitLog) {
    this.#settings = settings;
    this.#log = log;
    this.#trusted = new TrustedPeers(settings.trustedProxies);
    // Each worker of each edge accepts its share of the connections.
    const shareOf = (most: number) => Math.ceil(most / (settings.edges * settings.workers));
    this.#mostConnectionsOfClient = shareOf(settings.limitClientConnections);
    this.#shares = {
      connections: new Shares(shareOf(settings.limitConnections), (connection) =>
        this.#cutConnection(connection, "connections"),
      ),
      requests: new Shares(shareOf(settings.limitRequests), (request) =>
        this.giveWay(request, "requests"),
      ),
      long: new Shares(shareOf(settings.limitLongResponses), (request) =>
        this.giveWay(request, "long-responses"),
      ),
    };
    // The memory is that of this container alone.
    const { limitMemory, limitConnectionMemory } = settings;
    this.#memory = new Memory(
      Math.ceil(limitMemory / settings.workers),
      limitConnectionMemory,
      (holder) => {
        if (holder instanceof OpenRequest) this.#breakOff(holder, "memory");
        else this.#cutConnection(holder, "memory");
      },
    );
  }

  /** @param begin is called with each connection and request: something is to be looked after */
  used(begin: () => void): void {
    this.#watches.push(begin);
  }

  get isUsed(): boolean {
    return this.#connections.size > 0 || this.#requests.size > 0;
  }

  get connections(): Iterable<ClientConnection> {
    return this.#connections.values();
  }

  get requests(): Iterable<OpenRequest> {
    return this.#requests.values();
  }

  /** All are 0 once the clients have gone. */
  metrics(): Metric[] {
    const { connections, requests, long } = this.#shares;
    const budgets = Object.entries({ connections, requests, "long-responses": long });
    const labels = (budget: string) => ({ labels: { budget } });
    const held = [
      ...budgets.map(([name, shares]) => ({ ...labels(name), value: shares.held })),
      { ...labels("exchanges"), value: this.#requests.size },
      { ...labels("memory"), value: this.weigh() },
    ];
    const most = [
      ...budgets.map(([name, shares]) => ({ ...labels(name), value: shares.most })),
      { ...labels("memory"), value: this.#memory.most },
    ];
    return [
      gauge("web_budget_held", "What clients hold of each budget; memory in bytes", held),
      gauge("web_budget_most", "What they may hold together", most),
    ];
  }

  /**
   * Counts a new connection until its socket closes.
   * @param named whether the socket has the client's address already
   * @returns false where it was rejected
   */
  admit(socket: Socket, encrypted: boolean, named: boolean): boolean {
    const client = named ? this.#nameOf(socket) : "";
    const connection = new ClientConnection(socket, encrypted, client);
    if (this.#shares.connections.admit(connection) !== "admitted") {
      this.#log.note("connections", socket.remoteAddress ?? "", false);
      this.#rejection.reject(socket, "connections", encrypted);
      return false;
    }
    this.#connections.set(socket, connection);
    for (const begin of this.#watches) begin();
    socket.once("close", () => this.#closed(connection));
    this.received(connection.weigh());
    return true;
  }

  /** The same for the connections of its client, once the socket has the client's address. */
  admitClient(socket: Socket, encrypted: boolean): boolean {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return true;
    const client = this.#nameOf(socket);
    const { connections } = this.#shares;
    connections.rename(connection, () => {
      connection.client = client;
    });
    const most = this.#mostConnectionsOfClient;
    if (client === "" || most === 0 || connections.of(client) <= most) return true;
    this.#log.note("client-connections", socket.remoteAddress ?? "");
    if (this.#settings.limitsDryRun) return true;
    // What is being rejected takes no room from others.
    connections.release(connection);
    this.#connections.delete(socket);
    this.#rejection.reject(socket, "client-connections", encrypted);
    return false;
  }

  /**
   * Whether the request that begins on a connection yields to those of other clients; one of a trusted
   * proxy, which carries the requests of many, does not.
   * @param socket that was accepted
   * @param alone whether it does so even where no other client is there
   * @returns its client if so
   */
  yields(socket: Socket, alone: boolean): string | undefined {
    const client = this.clientOf(socket);
    return client !== undefined && this.#precedence.begin(client, alone) ? client : undefined;
  }

  /** The client of a connection that was admitted; undefined behind a trusted proxy. */
  clientOf(socket: Socket): string | undefined {
    return this.#connections.get(socket)?.client || undefined;
  }

  /**
   * Counts a request until its exchange ends, even one that is refused: its response is held too.
   * @param cut responds with an error, or breaks off the response that has begun
   * @returns why it is to be refused
   */
  begin(exchange: Exchange, cut: Cut): EdgeError | undefined {
    const connection = this.#connections.get(exchange.connection);
    // That of its connection, except behind a trusted proxy.
    const client =
      connection === undefined || connection.client === ""
        ? keyOfClient(exchange.client)
        : connection.client;
    const request = new OpenRequest(exchange, client, connection, cut);
    this.#requests.set(exchange, request);
    // Mostly its connection has done so.
    if (connection === undefined) for (const begin of this.#watches) begin();
    connection?.requests.add(request);
    this.received(REQUEST);
    if (connection !== undefined && connection.requests.size > REQUESTS_OF_CONNECTION) {
      return this.#refuse(request, "connection-requests", "greedy");
    }
    return this.#refuse(request, "requests", this.#shares.requests.admit(request));
  }

  end(exchange: Exchange): void {
    const request = this.#requests.get(exchange);
    if (request === undefined) return;
    this.#requests.delete(exchange);
    this.#shares.requests.release(request);
    this.#shares.long.release(request);
    const { connection } = request;
    if (connection === undefined) return;
    connection.turns.leave(request);
    connection.requests.delete(request);
    connection.becomeIdle();
  }

  /**
   * Lets a request go on to the application, or has it wait for others of its connection.
   * @returns undefined where it goes on at once; otherwise whether it does, once that is known
   */
  enter(exchange: Exchange): Promise<boolean> | undefined {
    const request = this.#requests.get(exchange);
    const connection = request?.connection;
    // A trusted proxy's connection carries the requests of many clients.
    if (request === undefined || connection === undefined || connection.client === "") {
      return undefined;
    }
    return connection.turns.enter(request);
  }

  /**
   * Counts a response as one that stays open: pages keep the room that requests have.
   * @returns false where it was refused, or broken off
   */
  makeLong(exchange: Exchange): boolean {
    const request = this.#requests.get(exchange);
    if (request === undefined || request.isLong) return true;
    request.isLong = true;
    this.#shares.requests.release(request);
    const { connection } = request;
    connection?.turns.leave(request);
    let open = 0;
    if (connection?.client !== "") {
      for (const each of connection?.requests ?? []) if (each.isLong) open++;
    }
    const { long } = this.#shares;
    const admission = open > LONG_OF_CONNECTION ? "greedy" : long.admit(request);
    const refused = this.#refuse(request, "long-responses", admission);
    if (refused !== undefined) request.cut(refused);
    return refused === undefined;
  }

  /** Bytes were received for a client. */
  received(bytes: number): void {
    if (this.#memory.add(bytes)) this.weigh();
  }

  /** Weighs the memory that is held, and cuts what is above the budget. @returns bytes */
  weigh(): number {
    this.#memory.weigh(this);
    return this.#memory.held;
  }

  #closed(connection: ClientConnection): void {
    this.#connections.delete(connection.socket);
    this.#shares.connections.release(connection);
    if (connection.idle) return;
    const end = () => {
      for (const { exchange } of connection.requests) exchange.abandon();
    };
    setTimeout(end, LEFTOVER_TIME).unref();
  }

  #cutConnection(connection: ClientConnection, limit: Limit): void {
    this.#log.note(limit, connection.socket.remoteAddress ?? "", false);
    connection.socket.destroy();
  }

  /** Ends a request, so that one of another client has room. */
  giveWay(request: OpenRequest, limit: Limit): void {
    this.#log.note(limit, request.exchange.client.address, false);
    request.cut(gaveWay());
  }

  /** Without a response: it would wait for the client as well, and the body with it. */
  #breakOff({ exchange }: OpenRequest, limit: Limit): void {
    this.#log.note(limit, exchange.client.address, false);
    exchange.abandon();
  }

  #refuse(request: OpenRequest, limit: Limit, admission: ShareDecision): EdgeError | undefined {
    const refusal = refusalBy(admission);
    if (refusal !== undefined) this.#log.note(limit, request.exchange.client.address, false);
    return refusal;
  }

  /** "" behind a trusted proxy, where there are many clients, and for a socket that has closed. */
  #nameOf({ remoteAddress }: Socket): string {
    if (remoteAddress === undefined || this.#trusted.trusts(remoteAddress)) return "";
    return clientKey(remoteAddress);
  }
}
