import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";

/** What a reader needs of the body that it reads. */
export interface Readable {
  readonly chunks: readonly Buffer[];
  readonly over: boolean;
  readonly broken: Error | undefined;
}

/** One who reads a body: the source that its sink may slow down or leave. */
export class Reader implements ResponseSource {
  readonly #body: Readable;
  readonly #sink: ResponseSink;
  readonly #left: () => void;
  /** How many pieces have been handed over. */
  read = 0;
  #rest: Buffer | undefined;
  #paused = false;
  #done = false;

  constructor(body: Readable, sink: ResponseSink, left: () => void) {
    this.#body = body;
    this.#sink = sink;
    this.#left = left;
  }

  /** Whether the sink has all that has come, and takes more. */
  get keepsUp(): boolean {
    return !this.#paused && this.#rest === undefined && this.read === this.#body.chunks.length;
  }

  /** From now on the pieces are one: what has not been handed over is the end of it. */
  moveTo(whole: Buffer): void {
    const handed = this.#body.chunks
      .slice(0, this.read)
      .reduce((sum, { length }) => sum + length, 0);
    if (handed < whole.length) this.#rest = whole.subarray(handed);
    this.read = 1;
  }

  pump(): void {
    const { chunks, over, broken } = this.#body;
    while (!this.#paused && !this.#done && !this.keepsUp) {
      const chunk = this.#rest ?? chunks[this.read++];
      this.#rest = undefined;
      if (chunk !== undefined) this.#paused = !this.#sink.data(chunk);
    }
    if (this.#done || !this.keepsUp || !over) return;
    this.#finish();
    if (broken === undefined) this.#sink.end([]);
    else this.#sink.fail(broken);
  }

  resume(): void {
    this.#paused = false;
    this.pump();
  }

  abort(): void {
    this.#finish();
  }

  #finish(): void {
    this.#done = true;
    this.#left();
  }
}
