import { Rounds } from "@gatehouse/processes";
import type { Exchange } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { Ledger } from "./ledger.ts";
import type { LimitLog } from "./limit-log.ts";

const CHECK_INTERVAL = 1000;

/**
 * Cuts clients that hardly read: less than WEB_SEND_MIN_RATE over a window, because clients stall and
 * then catch up. Only the time counts in which bytes wait that the kernel or the client's HTTP/2 window
 * does not take: an application may be as slow as it likes. A response is cut by itself; where the
 * connection as a whole takes nothing, nothing that is sent on it would arrive, and it is destroyed.
 */
export class SlowReaders {
  readonly #ledger: Ledger;
  readonly #log: LimitLog;
  readonly #window: number;
  /** Bytes that a client must take within a window. */
  readonly #least: number;
  readonly #windows = new WeakMap<Exchange | ClientConnection, { since: number; taken: number }>();
  readonly #rounds: Rounds | undefined;

  constructor(settings: WebSettings, ledger: Ledger, log: LimitLog) {
    const { sendMinRate, sendRateWindow } = settings;
    this.#ledger = ledger;
    this.#log = log;
    this.#window = sendRateWindow;
    this.#least = (sendMinRate * sendRateWindow) / 1000;
    if (sendMinRate === 0) return;
    const interval = Math.min(CHECK_INTERVAL, sendRateWindow / 4);
    const rounds = new Rounds(interval, () => this.#check());
    ledger.used(() => rounds.begin());
    this.#rounds = rounds;
  }

  close(): void {
    this.#rounds?.close();
  }

  /** @returns whether clients hold anything */
  #check(): boolean {
    const now = performance.now();
    for (const connection of this.#ledger.connections) {
      const { socket } = connection;
      // A WebSocket has the time of its tunnel.
      if (connection.isTunnel) continue;
      if (!this.#isSlow(connection, connection.weighUnsent(), connection.sent, now)) continue;
      this.#log.note("slow-reader", socket.remoteAddress ?? "", false);
      socket.destroy();
    }
    for (const { exchange, connection } of this.#ledger.requests) {
      if (exchange.upgrade !== undefined || connection?.socket.destroyed) continue;
      const waiting = exchange.response.writableLength;
      if (!this.#isSlow(exchange, waiting, exchange.bytes - waiting, now)) continue;
      this.#log.note("slow-reader", exchange.client.address, false);
      exchange.abandon();
    }
    return this.#ledger.isUsed;
  }

  /** True once, however long the close takes. */
  #isSlow(
    reader: Exchange | ClientConnection,
    waiting: number,
    taken: number,
    now: number,
  ): boolean {
    if (waiting === 0) {
      this.#windows.delete(reader);
      return false;
    }
    const window = this.#windows.get(reader);
    // A fast client begins the next window early.
    if (window === undefined || taken - window.taken >= this.#least) {
      this.#windows.set(reader, { since: now, taken });
      return false;
    }
    if (now - window.since < this.#window) return false;
    this.#windows.set(reader, { since: Number.POSITIVE_INFINITY, taken });
    return true;
  }
}
