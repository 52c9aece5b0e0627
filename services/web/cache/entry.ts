import { withoutFields } from "@gatehouse/http";
import type { Body } from "./body.ts";
import { freshnessOf, initialAge } from "./freshness.ts";
import { Head } from "./head.ts";
import { isSharedAmongAuthorized } from "./storable.ts";

/** Fields that belong to one request, or that the edge writes anew for each response. */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set(
  "age cache-status server-timing traceparent tracestate x-request-id".split(" "),
);

/** The memory that an entry takes besides its content and its fields, in bytes, roughly. */
const OVERHEAD = 1024;

/** How long a failed application gets no further request for the same response, in milliseconds. */
const RETRY_AFTER = 1000;

/** Where an entry is stored: the key, and the values of the fields by which it varies. */
export interface Position {
  readonly key: string;
  readonly names: readonly string[];
  readonly variant: string;
}

/** A stored response, or one that is being received. Times in milliseconds, by performance.now(). */
export class Entry implements Position {
  readonly key: string;
  readonly names: readonly string[];
  readonly variant: string;
  readonly head: Head;
  readonly body: Body;
  readonly forAuthorized: boolean;
  readonly #freshness: ReturnType<typeof freshnessOf>;
  /** When the response's age was 0. */
  readonly #bornAt: number;
  #failedAt = Number.NEGATIVE_INFINITY;

  /** @param received the head that was received last, which says how old the response is */
  private constructor(position: Position, head: Head, body: Body, received: Head, sentAt: number) {
    this.key = position.key;
    this.names = position.names;
    this.variant = position.variant;
    this.head = head;
    this.body = body;
    this.forAuthorized = isSharedAmongAuthorized(head);
    this.#freshness = freshnessOf(head);
    const now = performance.now();
    this.#bornAt = now - initialAge(received, now - sentAt, Date.now());
  }

  static of(position: Position, received: Head, body: Body, sentAt: number): Entry {
    const fields = withoutFields(received.fields, OF_ONE_REQUEST);
    // RFC 9110, section 6.6.1: a recipient that stores a response without a Date adds it.
    if (received.get("date") === undefined) fields.push("Date", new Date().toUTCString());
    return new Entry(position, new Head(received.status, fields), body, received, sentAt);
  }

  /** The same content, with a 304's fields in place of their namesakes; RFC 9111, section 4.3.4. */
  static freshened(stored: Entry, received: Head, sentAt: number): Entry {
    const fields = withoutFields(received.fields, NOT_UPDATED);
    const updated = new Set<string>();
    for (let at = 0; at < fields.length; at += 2) updated.add(fields[at]?.toLowerCase() ?? "");
    const all = [...withoutFields(stored.head.fields, updated), ...fields];
    return new Entry(stored, new Head(stored.head.status, all), stored.body, received, sentAt);
  }

  age(now: number): number {
    return Math.max(0, now - this.#bornAt);
  }

  /** Negative once it is stale. */
  ttl(now: number): number {
    return this.#freshness.lifetime - this.age(now);
  }

  /** Whether it may be used stale while it is revalidated in the background. */
  mayServeWhileRevalidating(now: number): boolean {
    return -this.ttl(now) < this.#freshness.staleWhileRevalidate;
  }

  /** Whether it may be used stale where the application fails. */
  mayServeOnError(now: number): boolean {
    return -this.ttl(now) < this.#freshness.staleIfError;
  }

  /** The application failed to send a new response: for a moment it gets no further request. */
  noteFailure(now: number): void {
    this.#failedAt = now;
  }

  failedRecently(now: number): boolean {
    return now < this.#failedAt + RETRY_AFTER;
  }

  /** Bytes in memory, roughly. Clients choose the length of addresses and of varying fields. */
  get size(): number {
    let bytes = OVERHEAD + this.body.bytes + this.key.length + this.variant.length;
    for (const text of this.head.fields) bytes += text.length;
    return bytes;
  }
}

/** Fields of a 304 that do not update the stored ones: they describe the content; RFC 9111, 3.2. */
const NOT_UPDATED: ReadonlySet<string> = new Set([
  ...OF_ONE_REQUEST,
  "content-encoding",
  "content-length",
  "content-range",
]);
