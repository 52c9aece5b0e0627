import type { ResponseSink } from "../exchange/response-sink.ts";
import { Reader } from "./reader.ts";

/**
 * The content of an answer that several may read while it still comes, each at its own pace. All of
 * it stays in memory, so that who asks must know that it is bounded.
 */
export class Body {
  readonly #readers = new Set<Reader>();
  #chunks: Buffer[] = [];
  #over = false;
  #broken: Error | undefined;
  #whole: Buffer | undefined;
  #bytes = 0;

  /** All of it, once it has come. */
  get whole(): Buffer | undefined {
    return this.#whole;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What has come, in pieces. */
  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  /** Whether nothing more comes. */
  get over(): boolean {
    return this.#over;
  }

  /** Why the rest is missing. */
  get broken(): Error | undefined {
    return this.#broken;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#pump();
  }

  /** Nothing more comes, and all of it is kept. */
  finish(): void {
    // A copy of exactly this size: a chunk may be a corner of something much larger.
    const whole = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) at += chunk.copy(whole, at);
    this.#whole = whole;
    // Who reads the pieces goes on with the rest of the whole, so that the pieces can go.
    for (const reader of this.#readers) reader.moveTo(whole);
    this.#chunks = [whole];
    this.close();
  }

  /** Nothing more comes. */
  close(): void {
    this.#over = true;
    this.#pump();
  }

  breakOff(cause: Error): void {
    this.#broken = cause;
    this.close();
  }

  /** Drops what a reader has read, where nobody else will read the body. */
  forget(reader: Reader): void {
    this.#chunks.splice(0, reader.read);
    reader.read = 0;
  }

  /** Hands the content to a sink whose head has been sent, from its beginning. */
  readBy(sink: ResponseSink): Reader {
    const reader = new Reader(this, sink, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    sink.attach(reader);
    reader.pump();
    return reader;
  }

  #pump(): void {
    for (const reader of this.#readers) reader.pump();
  }
}
