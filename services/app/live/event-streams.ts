import type { Logger } from "../context.ts";
import type { Holder, Shares, Shortage } from "../limits/shares.ts";
import type { BoardEvent } from "../models/event.ts";
import type { Feed } from "./feed.ts";

/** Milliseconds between two comments that keep a stream from being idle for a proxy. */
const HEARTBEAT = 15_000;
/** Unread messages of a browser, above which its stream is closed. The browser reconnects. */
const UNREAD = 64;
/** Milliseconds after which a browser reconnects, at random: not all of them at once. */
const RETRY = { least: 1000, spread: 3000 } as const;

export interface Message {
  readonly event: string;
  readonly data: unknown;
}

const encoder = new TextEncoder();
const encode = ({ event, data }: Message): Uint8Array =>
  encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
/** Events were lost: the page loads its content again. */
const MISSED: Message = { event: "missed", data: {} };

/** The open streams of server-sent events of this worker (WHATWG HTML, 9.2). */
export class EventStreams {
  /** Each with what gives its share back. */
  readonly #streams = new Map<ReadableStreamDefaultController<Uint8Array>, () => void>();
  readonly #shares: Shares;
  readonly #unfollow: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #ended = false;

  /**
   * @param describe makes the message of an event, once for all streams; undefined: no message
   * @param shares the streams that this worker can have
   */
  constructor(
    feed: Pick<Feed, "follow">,
    describe: (event: BoardEvent) => Promise<Message | undefined>,
    shares: Shares,
    logger: Logger,
  ) {
    this.#shares = shares;
    let last = Promise.resolve();
    this.#unfollow = feed.follow((event) => {
      if (this.#streams.size === 0) return;
      // One after the other, so that messages keep the sequence of their events.
      last = last.then(async () => {
        try {
          const message = event === "missed" ? MISSED : await describe(event);
          if (message !== undefined) this.#send(encode(message));
        } catch (error) {
          logger.warn("live update lost", { reason: String(error) });
          this.#send(encode(MISSED));
        }
      });
    });
    this.#heartbeat = setInterval(() => this.#send(encoder.encode(":\n\n")), HEARTBEAT).unref();
  }

  /** Opens a stream. @returns whose limit is reached; "worker" after end(), too */
  open(holder: Holder): ReadableStream<Uint8Array> | Shortage {
    if (this.#ended) return "worker";
    const release = this.#shares.acquire(holder);
    if (typeof release === "string") return release;
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const retry = RETRY.least + Math.round(Math.random() * RETRY.spread);
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = controller;
          this.#streams.set(controller, release);
          controller.enqueue(encoder.encode(`retry: ${retry}\n\n`));
        },
        cancel: () => {
          if (own !== undefined) this.#remove(own);
        },
      },
      new CountQueuingStrategy({ highWaterMark: UNREAD }),
    );
  }

  /** Closes all streams. Their browsers reconnect, to another worker. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#unfollow();
    for (const [stream] of this.#streams) {
      this.#remove(stream);
      stream.close();
    }
  }

  #remove(stream: ReadableStreamDefaultController<Uint8Array>): void {
    this.#streams.get(stream)?.();
    this.#streams.delete(stream);
  }

  #send(bytes: Uint8Array): void {
    for (const [stream] of this.#streams) {
      if ((stream.desiredSize ?? 0) > 0) {
        stream.enqueue(bytes);
      } else {
        this.#remove(stream);
        stream.close();
      }
    }
  }
}
