import type { AnswerSink, AnswerSource } from "../proxy/answer-sink.ts";

/**
 * The content of an answer that several may read while it still comes, each at its own pace. All of
 * it stays in memory, so that who asks must know that it is bounded.
 */
export class Body {
  readonly #readers = new Set<Reader>();
  readonly #chunks: Buffer[] = [];
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

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (const reader of this.#readers) reader.pump();
  }

  /** Nothing more comes, and all of it is kept. */
  finish(): void {
    // A copy of exactly this size: a chunk may be a corner of something much larger.
    const whole = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) at += chunk.copy(whole, at);
    this.#whole = whole;
    this.close();
  }

  /** Nothing more comes. */
  close(): void {
    this.#over = true;
    for (const reader of this.#readers) reader.pump();
  }

  breakOff(cause: Error): void {
    this.#broken = cause;
    for (const reader of this.#readers) reader.pump();
  }

  /** Hands the content to a sink whose head has been sent, from its beginning. */
  read(sink: AnswerSink): Reader {
    const state = {
      chunks: this.#chunks,
      over: () => this.#over,
      broken: () => this.#broken,
      done: () => this.#readers.delete(reader),
    };
    const reader = new Reader(sink, state);
    this.#readers.add(reader);
    sink.opens(reader);
    reader.pump();
    return reader;
  }
}

interface Progress {
  /** Grows; `Reader.forget` empties it. */
  readonly chunks: Buffer[];
  over(): boolean;
  broken(): Error | undefined;
  done(): void;
}

/** One who reads a body: the source that its sink may slow down or leave. */
export class Reader implements AnswerSource {
  readonly #sink: AnswerSink;
  readonly #progress: Progress;
  #next = 0;
  #paused = false;
  #done = false;

  constructor(sink: AnswerSink, progress: Progress) {
    this.#sink = sink;
    this.#progress = progress;
  }

  /** Whether the sink has all that has come, and takes more. */
  get keepsUp(): boolean {
    return !this.#paused && this.#next === this.#progress.chunks.length;
  }

  get done(): boolean {
    return this.#done;
  }

  pump(): void {
    const { chunks, over, broken } = this.#progress;
    while (!this.#paused && !this.#done && this.#next < chunks.length) {
      const chunk = chunks[this.#next++];
      if (chunk !== undefined) this.#paused = !this.#sink.data(chunk);
    }
    if (this.#done || !this.keepsUp) return;
    const cause = broken();
    if (cause === undefined && !over()) return;
    this.#finish();
    if (cause === undefined) this.#sink.end([]);
    else this.#sink.broke(cause);
  }

  resume(): void {
    this.#paused = false;
    this.pump();
  }

  abort(): void {
    this.#finish();
  }

  /** Drops what has been read, where nobody else will read the body. */
  forget(): void {
    this.#progress.chunks.splice(0, this.#next);
    this.#next = 0;
  }

  #finish(): void {
    this.#done = true;
    this.#progress.done();
  }
}
