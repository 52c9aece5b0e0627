import { UpstreamConnection } from "./upstream-connection.ts";
import { UpstreamError } from "./upstream-error.ts";

/** How many connections one replica may have, and how long anything about them may take. */
export interface PoolLimits {
  readonly connections: number;
  /** Requests that may wait for a connection. */
  readonly queue: number;
  /** Milliseconds, all three. */
  readonly queueTimeout: number;
  readonly connectTimeout: number;
  readonly idle: number;
}

/** Who waits for a connection. */
export interface Waiter {
  connected(connection: UpstreamConnection): void;
  /** Nothing was sent. */
  unconnected(cause: Error): void;
}

/** How often deadlines are looked at: one timer for all of them, instead of one a request. */
const SWEEP = 20;
/** How much earlier than the replica the edge closes what is idle, in milliseconds. */
const EARLIER = 1000;

/** The connections to one replica: kept ones, those in use, and who waits for one. */
export class ConnectionPool {
  readonly #address: string;
  readonly #port: number;
  readonly #limits: PoolLimits;
  readonly #connections = new Set<UpstreamConnection>();
  /** The one used last comes first: what is not needed grows old and is closed. */
  readonly #idle: UpstreamConnection[] = [];
  /** Who waits, and until when. */
  readonly #waiting = new Map<Waiter, number>();
  #connecting = 0;
  #sweeps: NodeJS.Timeout | undefined;
  #retired = false;

  constructor(address: string, port: number, limits: PoolLimits) {
    this.#address = address;
    this.#port = port;
    this.#limits = limits;
  }

  get size(): number {
    return this.#connections.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  /** Those who wait for a connection that others use, or that is being opened. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Gives a kept connection at once, or else the next one that is free or opened. */
  acquire(waiter: Waiter): void {
    const kept = this.#waiting.size === 0 ? this.#takeIdle() : undefined;
    if (kept !== undefined) {
      waiter.connected(kept);
      return;
    }
    const opens = this.#connections.size < this.#limits.connections;
    if (!opens && this.#waiting.size - this.#connecting >= this.#limits.queue) {
      const busy = "all connections to the replica are in use, and enough requests wait for one";
      waiter.unconnected(new UpstreamError("QUEUE_FULL", busy));
      return;
    }
    this.#waiting.set(waiter, performance.now() + this.#limits.queueTimeout);
    this.#openAsNeeded();
  }

  /** The waiter has gone. */
  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  /**
   * Takes a connection back whose answer is over and whose request was sent whole.
   * @param announced milliseconds that the replica said it keeps an idle connection
   */
  release(connection: UpstreamConnection, announced: number | undefined): void {
    connection.release();
    const kept = this.#limits.idle;
    if (this.#retired || announced === 0) {
      connection.close(undefined);
      return;
    }
    const idle = announced === undefined ? kept : Math.min(kept, before(announced));
    connection.deadline = performance.now() + idle;
    this.#idle.push(connection);
    this.#serveWaiting();
  }

  /** Closes what is idle now, and the rest after its answers. */
  retire(): void {
    this.#retired = true;
    for (const connection of this.#idle.splice(0)) connection.close(undefined);
  }

  /** Closes everything at once. */
  destroy(): void {
    this.retire();
    for (const connection of this.#connections) connection.close(undefined);
  }

  opened(connection: UpstreamConnection): void {
    this.#connecting--;
    connection.deadline = performance.now() + this.#limits.idle;
    this.#idle.push(connection);
    this.#serveWaiting();
  }

  closed(connection: UpstreamConnection, cause: Error | undefined): void {
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (cause !== undefined) {
      this.#connecting--;
      const [waiter] = this.#waiting.keys();
      if (waiter !== undefined) {
        this.#waiting.delete(waiter);
        waiter.unconnected(cause);
      }
    }
    this.#openAsNeeded();
    if (this.#connections.size === 0 && this.#waiting.size === 0) {
      clearInterval(this.#sweeps);
      this.#sweeps = undefined;
    }
  }

  #takeIdle(): UpstreamConnection | undefined {
    for (;;) {
      // The one that has rested longest: a gateway's workers have their connections for good, so
      // that the newest one again and again would leave all workers but one without work.
      const connection = this.#idle.shift();
      if (connection === undefined) return undefined;
      // The sweep may be late on a busy machine, and the replica about to close.
      if (connection.usable && performance.now() < connection.deadline) return connection;
      connection.close(undefined);
    }
  }

  #serveWaiting(): void {
    for (const waiter of this.#waiting.keys()) {
      const connection = this.#takeIdle();
      if (connection === undefined) return;
      this.#waiting.delete(waiter);
      waiter.connected(connection);
    }
  }

  #openAsNeeded(): void {
    while (
      this.#connecting < this.#waiting.size &&
      this.#connections.size < this.#limits.connections
    ) {
      this.#connecting++;
      const { connectTimeout } = this.#limits;
      this.#connections.add(
        new UpstreamConnection(this.#address, this.#port, connectTimeout, this),
      );
    }
    if (this.#connections.size === 0) return;
    // Right after a poll for events: what has come by then, while the edge was busy, is not late.
    this.#sweeps ??= setInterval(() => setImmediate(() => this.#sweep()), SWEEP);
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) if (now >= connection.deadline) connection.expire();
    for (const [waiter, deadline] of this.#waiting) {
      if (now < deadline) return;
      this.#waiting.delete(waiter);
      waiter.unconnected(new UpstreamError("QUEUE_TIMEOUT", "no connection became free in time"));
    }
  }
}

/** When to close a connection that its other end closes after `announced` milliseconds. */
function before(announced: number): number {
  return Math.max(announced - EARLIER, announced / 2);
}
