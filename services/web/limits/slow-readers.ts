import { constants } from "node:http2";
import type { Exchange } from "../exchange/exchange.ts";

/** How often it is looked who waits, in milliseconds. */
const LOOK = 1000;

/** The least that a client has to take of its answer while the edge has some for it. */
export interface SendRate {
  /** Bytes per second; 0 for any rate. */
  readonly least: number;
  /** Over how many milliseconds it counts: clients stall, and take what they missed. */
  readonly window: number;
}

interface Wait {
  readonly since: number;
  /** Bytes that had been taken by then. */
  readonly taken: number;
}

/**
 * Cuts clients that hardly read. Only the time counts in which something lies ready that the kernel
 * or the client's HTTP/2 window does not take: an application may be as slow as it likes.
 */
export class SlowReaders {
  readonly #rate: SendRate;
  readonly #cut: (exchange: Exchange) => void;
  readonly #open = new Set<Exchange>();
  readonly #waits = new Map<Exchange, Wait>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param cut tells of an exchange just before it is cut */
  constructor(rate: SendRate, cut: (exchange: Exchange) => void) {
    this.#rate = rate;
    this.#cut = cut;
    if (rate.least > 0) {
      this.#timer = setInterval(() => this.#look(), Math.min(LOOK, rate.window / 4)).unref();
    }
  }

  follow(exchange: Exchange): void {
    if (this.#timer !== undefined) this.#open.add(exchange);
  }

  /** The exchange is over. */
  forget(exchange: Exchange): void {
    this.#open.delete(exchange);
    if (this.#waits.size > 0) this.#waits.delete(exchange);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    for (const exchange of this.#open) {
      const pending = exchange.response.writableLength;
      if (pending === 0) {
        this.#waits.delete(exchange);
        continue;
      }
      const taken = exchange.bytes - pending;
      const wait = this.#waits.get(exchange);
      // A whole window's bytes open a new window, perhaps long before the end of this one.
      if (wait === undefined || taken - wait.taken >= this.#due) {
        this.#waits.set(exchange, { since: now, taken });
      } else if (now - wait.since >= this.#rate.window) this.#end(exchange);
    }
  }

  /** Bytes that a window has to see taken. */
  get #due(): number {
    return (this.#rate.least * this.#rate.window) / 1000;
  }

  #end(exchange: Exchange): void {
    this.forget(exchange);
    this.#cut(exchange);
    const { response } = exchange;
    if ("stream" in response) response.stream.close(constants.NGHTTP2_CANCEL);
    else response.destroy();
  }
}
