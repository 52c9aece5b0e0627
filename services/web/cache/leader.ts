import type { BodiesInUse, Reader } from "./body.ts";
import type { Entry } from "./entry.ts";
import type { Head } from "./head.ts";
import type { Lookup } from "./lookup.ts";
import { type ForwardReason, forwardStatus, respondWith } from "./respond.ts";
import { isNotModified } from "./validation.ts";

/** The client whose request made the cache send its own to the application. */
export class Leader {
  readonly #lookup: Lookup;
  readonly #why: ForwardReason;
  readonly #bodies: BodiesInUse;

  /** @param why the reason to forward the request, for Cache-Status */
  constructor(lookup: Lookup, why: ForwardReason, bodies: BodiesInUse) {
    this.#lookup = lookup;
    this.#why = why;
    this.#bodies = bodies;
  }

  get sink() {
    return this.#lookup.sink;
  }

  /** Sends the head of a response that is for this client alone. */
  pass(head: Head, timing: string): void {
    this.#sendHead(head, timing, forwardStatus(this.#why));
  }

  /**
   * Sends a response that is being stored, and is still being received.
   * @returns the reader; undefined where the client has the response already
   */
  share(entry: Entry, received: Head, timing: string): Reader | undefined {
    const { exchange, sink } = this.#lookup;
    const status = forwardStatus(this.#why, "stored");
    if (isNotModified(received, exchange.request.headers)) {
      respondWith(exchange, entry, status, true);
      return undefined;
    }
    this.#sendHead(received, timing, status);
    this.#bodies.useFor(exchange, entry.body);
    return entry.body.readBy(sink);
  }

  /** Sends a response from the store. @param validated see `respondWith` */
  respond(entry: Entry, status: string, validated: boolean): void {
    const { exchange } = this.#lookup;
    exchange.servedBy = "cache";
    this.#bodies.useFor(exchange, entry.body);
    respondWith(exchange, entry, status, validated);
  }

  #sendHead(head: Head, timing: string, status: string): void {
    const { exchange, sink } = this.#lookup;
    exchange.cacheStatus = status;
    sink.head(head.status, [...head.fields, "Cache-Status", status], timing);
  }
}
