import type { RawFields } from "@gatehouse/http";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";

/** Hands an answer on that nobody stores, and says so in its Cache-Status. */
export class Passing implements ResponseSink {
  readonly #sink: ResponseSink;
  readonly #status: string;
  readonly #headCame: (status: number, fields: RawFields) => void;

  /** @param headCame is told of the answer's head before it goes on */
  constructor(
    sink: ResponseSink,
    status: string,
    headCame: (status: number, fields: RawFields) => void,
  ) {
    this.#sink = sink;
    this.#status = status;
    this.#headCame = headCame;
  }

  attach(source: ResponseSource): void {
    this.#sink.attach(source);
  }

  interim(status: number, fields: RawFields): void {
    this.#sink.interim(status, fields);
  }

  head(status: number, fields: RawFields, timing: string): void {
    this.#headCame(status, fields);
    this.#sink.head(status, [...fields, "Cache-Status", this.#status], timing);
  }

  data(chunk: Buffer): boolean {
    return this.#sink.data(chunk);
  }

  end(trailers: RawFields): void {
    this.#sink.end(trailers);
  }

  fail(cause: Error): void {
    this.#sink.fail(cause);
  }
}
