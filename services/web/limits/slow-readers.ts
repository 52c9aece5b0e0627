import { constants } from "node:http2";
import type { Exchange } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";
import type { LimitLog } from "./limit-log.ts";

const CHECK_INTERVAL = 1000;

/**
 * Cuts clients that hardly read their response: less than WEB_SEND_MIN_RATE over a window, because
 * clients stall and then catch up. Only the time counts in which bytes wait that the kernel or the
 * client's HTTP/2 window does not take: an application may be as slow as it likes.
 */
export class SlowReaders {
  readonly #open: ReadonlySet<Exchange>;
  readonly #log: LimitLog;
  readonly #window: number;
  /** Bytes that a client must take within a window. */
  readonly #least: number;
  readonly #windows = new WeakMap<Exchange, { since: number; taken: number }>();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(settings: WebSettings, open: ReadonlySet<Exchange>, log: LimitLog) {
    const { sendMinRate, sendRateWindow } = settings;
    this.#open = open;
    this.#log = log;
    this.#window = sendRateWindow;
    this.#least = (sendMinRate * sendRateWindow) / 1000;
    if (sendMinRate === 0) return;
    const interval = Math.min(CHECK_INTERVAL, sendRateWindow / 4);
    this.#timer = setInterval(() => this.#check(), interval).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const now = performance.now();
    for (const exchange of this.#open) {
      const waiting = exchange.response.writableLength;
      if (waiting === 0) {
        this.#windows.delete(exchange);
        continue;
      }
      const taken = exchange.bytes - waiting;
      const window = this.#windows.get(exchange);
      // A fast client begins the next window early.
      if (window === undefined || taken - window.taken >= this.#least) {
        this.#windows.set(exchange, { since: now, taken });
      } else if (now - window.since >= this.#window) {
        // Infinity: counted and cut once, however long its close takes.
        this.#windows.set(exchange, { since: Number.POSITIVE_INFINITY, taken });
        this.#cut(exchange);
      }
    }
  }

  #cut({ client, response }: Exchange): void {
    this.#log.note("slow-reader", client.address, false);
    if ("stream" in response) response.stream.close(constants.NGHTTP2_CANCEL);
    else response.destroy();
  }
}
