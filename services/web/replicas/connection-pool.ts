import { FairQueue } from "@gatehouse/http";
import { UpstreamError } from "../exchange/edge-error.ts";
import { UnwantedResponses } from "../limits/unwanted-responses.ts";
import type { WebSettings } from "../settings.ts";
import { type Target, UpstreamConnection } from "./upstream-connection.ts";

/** An attempt that needs a connection. */
export interface Waiter {
  /** Whether a connection that is open already will not do. */
  readonly needsNew: boolean;
  /** Each client is given a connection in turn. */
  readonly client: string;
  /** Of one client each connection is. */
  readonly connection: object;
  connected(connection: UpstreamConnection): void;
  /** There is no connection: nothing was sent. */
  fail(cause: Error): void;
}

/** How often deadlines are checked, in milliseconds: one timer for all of a pool. */
const CHECK_INTERVAL = 20;
/** How long a socket is left alone that could not be connected to, in milliseconds. */
const SOCKET_AGAIN_AFTER = 10_000;
/** How much earlier than the replica the edge closes an idle connection, in milliseconds. */
const EARLIER = 1000;

/** The connections to one replica, idle or in use, and the attempts that wait for one. */
export class ConnectionPool {
  readonly #address: Target;
  /** The replica's Unix socket, which costs less: no network lies between. */
  #socket: Target | undefined;
  /** When a socket that could not be connected to is tried again, by performance.now(). */
  #socketAgainAt = 0;
  readonly #settings: WebSettings;
  /** Read for each request: the settings are a large object, in which V8 has to search. */
  readonly #idleTimeout: number;
  readonly #connections = new Set<UpstreamConnection>();
  /**
   * Used in turn, the one that has been idle longest first: each worker of a gateway has its own
   * connections, so that the newest one again and again would leave all other workers idle.
   */
  readonly #idle: UpstreamConnection[] = [];
  readonly #waiting = new FairQueue<Waiter>();
  /** Those that need a new connection. */
  readonly #waitingForNew = new FairQueue<Waiter>();
  /** Connections for WebSocket handshakes, which are neither kept nor counted. */
  readonly #handshakes = new Map<UpstreamConnection, Waiter>();
  /** Connections of responses that stay open, which are not counted either. */
  readonly #setAside = new Set<UpstreamConnection>();
  /** Those of clients that have left too many responses behind wait here before they wait for a connection. */
  readonly unwanted = new UnwantedResponses<Waiter>((waiter) => this.acquire(waiter));
  /** Their connections, the oldest first: where others need one, they are closed. */
  readonly unwantedConnections = new Set<UpstreamConnection>();
  #connecting = 0;
  #checkedAt = 0;
  #check: NodeJS.Timeout | undefined;
  /** Whether the next check is late, because all connections are idle: it is due with the first of them. */
  #rests = false;
  #retired = false;

  constructor(address: string, settings: WebSettings) {
    this.#address = { host: address, port: Number(settings.upstream.split(":")[1]) };
    this.#settings = settings;
    this.#idleTimeout = settings.upstreamIdle;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** What new connections go over. */
  get over(): "tcp" | "unix" {
    return this.#socket === undefined ? "tcp" : "unix";
  }

  /** Has new connections go over a Unix socket, as long as that can be connected to. */
  useSocket(path: string): void {
    if (performance.now() >= this.#socketAgainAt) this.#socket = { path };
  }

  get idle(): number {
    return this.#idle.length;
  }

  get waiting(): number {
    return this.#waitingHere + this.unwanted.waiting;
  }

  /** Without those that must not have a connection yet. */
  get #waitingHere(): number {
    return this.#waiting.size + this.#waitingForNew.size;
  }

  /**
   * Gives an idle connection at once, or else the next one that is free or opened. While one is idle,
   * only those wait that need a new one.
   */
  acquire(waiter: Waiter): void {
    if (this.#rests) this.#wake();
    const { upstreamConnections, upstreamQueue, upstreamQueueTimeout } = this.#settings;
    if (this.unwanted.holdBack(waiter, upstreamQueueTimeout)) return;
    const kept = waiter.needsNew ? undefined : this.#takeIdle();
    if (kept !== undefined) {
      waiter.connected(kept);
      return;
    }
    const opens = this.#connections.size < upstreamConnections;
    let rejected: Waiter | undefined;
    if (!opens && this.#waitingHere - this.#connecting >= upstreamQueue) {
      rejected = this.#waiting.takeFrom(waiter.client) ?? waiter;
    }
    if (rejected !== waiter) {
      const queue = waiter.needsNew ? this.#waitingForNew : this.#waiting;
      queue.add(waiter, performance.now() + upstreamQueueTimeout);
      this.#openAsNeeded();
    }
    const busy = "all connections to the replica are in use, and the queue for them is full";
    rejected?.fail(new UpstreamError("QUEUE_FULL", busy));
  }

  /** Opens a connection for a WebSocket handshake: a kept one would be lost to its tunnel. */
  openForHandshake(waiter: Waiter): void {
    this.#handshakes.set(this.#open(true), waiter);
    if (this.#rests) this.#wake();
    else this.#checkLater();
  }

  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    this.#waitingForNew.delete(waiter);
    this.unwanted.forget(waiter);
  }

  /** Whether the connection may be kept for a response that nobody wants: not where others wait for one. */
  mayKeep(connection: UpstreamConnection): boolean {
    const isFull = this.#connections.size >= this.#settings.upstreamConnections;
    return this.#connections.has(connection) && !(isFull && this.#waitingHere > 0);
  }

  /** Makes room for another connection: the response on this one stays open. */
  setAside(connection: UpstreamConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.#setAside.add(connection);
    this.#openAsNeeded();
  }

  /** @param announced milliseconds that the replica said it keeps an idle connection */
  release(connection: UpstreamConnection, announced: number | undefined): void {
    connection.release();
    if (this.#retired || announced === 0 || this.#setAside.has(connection)) {
      connection.close(undefined);
      return;
    }
    const kept = this.#idleTimeout;
    const idle = announced === undefined ? kept : Math.min(kept, before(announced));
    connection.deadline = performance.now() + idle;
    this.#idle.push(connection);
    if (this.#waiting.size > 0) this.#serveWaiting();
  }

  /** Closes the idle connections now, and the others after their responses. */
  retire(): void {
    this.#retired = true;
    for (const connection of this.#idle.splice(0)) connection.close(undefined);
  }

  destroy(): void {
    this.retire();
    for (const connection of this.#connections) connection.close(undefined);
    for (const connection of this.#handshakes.keys()) connection.close(undefined);
    for (const connection of this.#setAside) connection.close(undefined);
  }

  opened(connection: UpstreamConnection): void {
    const handshake = this.#handshakes.get(connection);
    if (handshake !== undefined) {
      handshake.connected(connection);
      return;
    }
    this.#connecting--;
    const waiter = this.#waitingForNew.take();
    if (waiter !== undefined) {
      waiter.connected(connection);
      return;
    }
    connection.deadline = performance.now() + this.#idleTimeout;
    this.#idle.push(connection);
    this.#serveWaiting();
  }

  closed(connection: UpstreamConnection, cause: Error | undefined): void {
    const handshake = this.#handshakes.get(connection);
    if (handshake !== undefined) {
      this.#handshakes.delete(connection);
      if (cause === undefined) return;
      if (!this.#leftSocket(connection)) handshake.fail(cause);
      else this.openForHandshake(handshake);
      return;
    }
    if (this.#setAside.delete(connection)) return;
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (cause !== undefined) {
      this.#connecting--;
      if (!this.#leftSocket(connection))
        (this.#waiting.take() ?? this.#waitingForNew.take())?.fail(cause);
    }
    this.#openAsNeeded();
  }

  #takeIdle(): UpstreamConnection | undefined {
    for (;;) {
      const connection = this.#idle.shift();
      if (connection === undefined) return undefined;
      // The check may be late on a busy machine, and the replica about to close.
      if (connection.usable && performance.now() < connection.deadline) return connection;
      connection.close(undefined);
    }
  }

  #serveWaiting(): void {
    while (this.#waiting.size > 0) {
      const connection = this.#takeIdle();
      if (connection === undefined) return;
      this.#waiting.take()?.connected(connection);
    }
    this.#openAsNeeded();
  }

  #openAsNeeded(): void {
    while (this.#connecting < this.#waitingHere) {
      if (this.#connections.size >= this.#settings.upstreamConnections) {
        // For those that need a new one; another call follows when it is closed.
        const [spare] = [...this.#idle.splice(0, 1), ...this.unwantedConnections];
        spare?.close(undefined);
        break;
      }
      this.#connecting++;
      this.#connections.add(this.#open(false));
    }
    this.#checkLater();
  }

  #open(upgrades: boolean): UpstreamConnection {
    const { connectTimeout } = this.#settings;
    const target = this.#socket ?? this.#address;
    return new UpstreamConnection(target, connectTimeout, this, upgrades);
  }

  /**
   * Whether a connection failed that went over the Unix socket: then the address takes over, since a
   * socket may be out of reach while its gateway is not.
   */
  #leftSocket({ target }: UpstreamConnection): boolean {
    if (!("path" in target) || this.#retired) return false;
    this.#socket = undefined;
    this.#socketAgainAt = performance.now() + SOCKET_AGAIN_AFTER;
    return true;
  }

  #checkLater(): void {
    const others = this.#handshakes.size + this.#setAside.size + this.waiting;
    if (this.#connections.size + others === 0 || this.#check !== undefined) return;
    this.#rests = this.#idle.length === this.#connections.size && others === 0;
    const first = this.#rests ? Math.min(...this.#idle.map(({ deadline }) => deadline)) : 0;
    // One that is closing has no deadline any more.
    const until = Number.isFinite(first) ? first : 0;
    this.#checkIn(Math.max(CHECK_INTERVAL, until - performance.now()));
  }

  #wake(): void {
    this.#rests = false;
    clearTimeout(this.#check);
    this.#checkIn(CHECK_INTERVAL);
  }

  #checkIn(interval: number): void {
    this.#check = setTimeout(() => {
      // It is under way: to make it earlier would be to make a second one.
      this.#rests = false;
      setImmediate(() => this.#checkDeadlines());
    }, interval);
  }

  /**
   * A deadline has passed where it was over at the check before: between two checks there is a poll
   * for events, so that what was received in time is never late, however busy the edge is.
   */
  #checkDeadlines(): void {
    const due = this.#checkedAt;
    this.#checkedAt = performance.now();
    this.#check = undefined;
    for (const connection of this.#connections) if (due >= connection.deadline) connection.expire();
    for (const connection of this.#setAside) if (due >= connection.deadline) connection.expire();
    for (const connection of this.#handshakes.keys()) {
      if (due >= connection.deadline) connection.expire();
    }
    const queues = [this.#waiting, this.#waitingForNew, this.unwanted];
    const overdue = queues.flatMap((queue) => queue.takeOverdue(due));
    for (const waiter of overdue) {
      waiter.fail(new UpstreamError("QUEUE_TIMEOUT", "no connection became free in time"));
    }
    this.#checkLater();
  }
}

/** When to close a connection that its other end closes after `announced` milliseconds. */
function before(announced: number): number {
  return Math.max(announced - EARLIER, announced / 2);
}
