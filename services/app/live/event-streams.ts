import type { Logger } from "../context.ts";
import type { BoardEvent } from "../models/event.ts";
import type { Feed } from "./feed.ts";

/** Shorter than what proxies between here and the browser call idle, in milliseconds. */
const BEAT = 15_000;
/** Messages that a browser may leave unread before it is let go; it will come back. */
const UNREAD = 64;
/** After which time a browser comes back, in milliseconds: all of them at once would be a crowd. */
const RETRY = { least: 1000, spread: 3000 } as const;

/** One message: its name, and what a page needs to follow it. */
export interface Message {
  readonly event: string;
  readonly data: unknown;
}

const encoder = new TextEncoder();
const frame = ({ event, data }: Message): Uint8Array =>
  encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

/** The open server-sent event streams of this worker (WHATWG HTML, 9.2). */
export class EventStreams {
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #limit: number;
  readonly #stopFollowing: () => void;
  readonly #beat: NodeJS.Timeout;
  #ended = false;

  /**
   * @param describe what the browsers are told of an event; undefined: nothing. It is asked once an
   *   event, not once a stream.
   * @param limit how many streams this worker keeps
   */
  constructor(
    feed: Feed,
    describe: (event: BoardEvent) => Promise<Message | undefined>,
    limit: number,
    logger: Logger,
  ) {
    this.#limit = limit;
    let last = Promise.resolve();
    this.#stopFollowing = feed.follow((event) => {
      if (this.#streams.size === 0) return;
      // One after the other, so that browsers hear of events in their order.
      last = last.then(async () => {
        try {
          const message = event === "missed" ? missed : await describe(event);
          if (message !== undefined) this.#send(frame(message));
        } catch (error) {
          logger.warn("live updates have a gap", { reason: String(error) });
          this.#send(frame(missed));
        }
      });
    });
    this.#beat = setInterval(() => this.#send(encoder.encode(":\n\n")), BEAT).unref();
  }

  /** A new stream; undefined where this worker keeps no more, or ends. */
  open(): ReadableStream<Uint8Array> | undefined {
    if (this.#ended || this.#streams.size >= this.#limit) return undefined;
    let mine: ReadableStreamDefaultController<Uint8Array> | undefined;
    const retry = RETRY.least + Math.round(Math.random() * RETRY.spread);
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          mine = controller;
          this.#streams.add(controller);
          controller.enqueue(encoder.encode(`retry: ${retry}\n\n`));
        },
        cancel: () => {
          if (mine !== undefined) this.#streams.delete(mine);
        },
      },
      new CountQueuingStrategy({ highWaterMark: UNREAD }),
    );
  }

  /** Ends all streams: their browsers come back, to another worker. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#beat);
    this.#stopFollowing();
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  #send(bytes: Uint8Array): void {
    for (const stream of this.#streams) {
      if ((stream.desiredSize ?? 0) > 0) {
        stream.enqueue(bytes);
      } else {
        this.#streams.delete(stream);
        stream.close();
      }
    }
  }
}

const missed: Message = { event: "missed", data: {} };
