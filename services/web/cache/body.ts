import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";

/**
 * The content of a response that several readers can read while it is received, each at its own
 * pace. All of it stays in memory: the caller must limit it.
 */
export class Body {
  /** All of it, once it has been received. */
  whole: Buffer | undefined;
  bytes = 0;
  chunks: Buffer[] = [];
  closed = false;
  /** Why the rest is missing. */
  failure: Error | undefined;
  readonly #readers = new Set<Reader>();

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    this.#pump();
  }

  finish(): void {
    // A copy of exactly this size: a chunk may be a part of a much larger buffer.
    const whole = Buffer.allocUnsafeSlow(this.bytes);
    let at = 0;
    for (const chunk of this.chunks) at += chunk.copy(whole, at);
    this.whole = whole;
    // Readers continue within the copy, so that the chunks can be freed.
    for (const reader of this.#readers) reader.moveTo(whole);
    this.chunks = [whole];
    this.close();
  }

  /** Nothing more is received. */
  close(): void {
    this.closed = true;
    this.#pump();
  }

  fail(cause: Error): void {
    this.failure = cause;
    this.close();
  }

  /** Frees what a body's only reader has read. */
  free(reader: Reader): void {
    this.chunks.splice(0, reader.position);
    reader.position = 0;
  }

  /** Sends the content, from its beginning, to a sink that has the head. */
  readBy(sink: ResponseSink): Reader {
    const reader = new Reader(this, sink);
    this.#readers.add(reader);
    sink.attach(reader);
    reader.pump();
    return reader;
  }

  remove(reader: Reader): void {
    this.#readers.delete(reader);
  }

  #pump(): void {
    for (const reader of this.#readers) reader.pump();
  }
}

/** A reader of a body: the source that its sink can pause and abort. */
export class Reader implements ResponseSource {
  readonly #body: Body;
  readonly #sink: ResponseSink;
  /** How many chunks have been sent. */
  position = 0;
  #rest: Buffer | undefined;
  #paused = false;
  #done = false;

  constructor(body: Body, sink: ResponseSink) {
    this.#body = body;
    this.#sink = sink;
  }

  /** Whether the sink has everything that was received, and takes more. */
  get keepsUp(): boolean {
    return !this.#paused && this.#rest === undefined && this.position === this.#body.chunks.length;
  }

  /** The chunks become one: what has not been sent is the end of it. */
  moveTo(whole: Buffer): void {
    let sent = 0;
    for (const { length } of this.#body.chunks.slice(0, this.position)) sent += length;
    if (sent < whole.length) this.#rest = whole.subarray(sent);
    this.position = 1;
  }

  pump(): void {
    const { chunks, closed, failure } = this.#body;
    while (!this.#paused && !this.#done && !this.keepsUp) {
      const chunk = this.#rest ?? chunks[this.position++];
      this.#rest = undefined;
      if (chunk !== undefined) this.#paused = !this.#sink.data(chunk);
    }
    if (this.#done || !this.keepsUp || !closed) return;
    this.abort();
    if (failure === undefined) this.#sink.end([]);
    else this.#sink.fail(failure);
  }

  resume(): void {
    this.#paused = false;
    this.pump();
  }

  abort(): void {
    this.#done = true;
    this.#body.remove(this);
  }

  /** What is read here is in memory. */
  setAside(): void {}
}

/** The buffers of a client's connection hold as much anyway: smaller bodies are not counted. */
const SMALL = 64 * 1024;

/**
 * The bodies in use: being received for the store, or being sent to clients, which may read slowly
 * what the store has long evicted. Limited like the store itself, so that slow clients of many
 * addresses cannot make the edge hold more.
 */
export class BodiesInUse {
  readonly #limit: number;
  readonly #bodies = new Map<Body, { users: number; bytes: number; received: number }>();
  bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether no further response may be received for the store. */
  get full(): boolean {
    return this.bytes >= this.#limit;
  }

  /**
   * @param expected bytes that are still to be received, where that is known: they count at once, or many
   *   responses that begin together would be too many when they have grown
   */
  acquire(body: Body, expected = 0): void {
    const use = this.#bodies.get(body);
    if (use !== undefined) {
      use.users++;
      return;
    }
    const bytes = body.bytes + expected;
    this.#bodies.set(body, { users: 1, bytes, received: body.bytes });
    this.bytes += bytes;
  }

  grow(body: Body, bytes: number): void {
    const use = this.#bodies.get(body);
    if (use === undefined) return;
    use.received += bytes;
    const unexpected = Math.max(0, use.received - use.bytes);
    use.bytes += unexpected;
    this.bytes += unexpected;
  }

  release(body: Body): void {
    const use = this.#bodies.get(body);
    if (use !== undefined && --use.users === 0) this.remove(body);
  }

  /** Nothing of a body stays in memory, even if it is read. */
  remove(body: Body): void {
    this.bytes -= this.#bodies.get(body)?.bytes ?? 0;
    this.#bodies.delete(body);
  }

  /** A client gets this body, until its response has closed. */
  useFor({ response }: Exchange, body: Body): void {
    if (body.whole !== undefined && body.bytes <= SMALL) return;
    this.acquire(body);
    response.once("close", () => this.release(body));
  }
}
