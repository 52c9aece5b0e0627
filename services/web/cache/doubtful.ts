import type { RawFields } from "@gatehouse/http";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";

/**
 * Takes the answer of an address whose last one was not for sharing, most likely the same again: it
 * goes on as it is. Only where its head speaks of caching is somebody made who judges and keeps it.
 */
export class Doubtful implements ResponseSink {
  #sink: ResponseSink;
  readonly #status: string;
  readonly #judge: () => ResponseSink;
  #source: ResponseSource | undefined;

  /**
   * @param sink takes the answer in the common case
   * @param status what Cache-Status says then
   * @param judge makes the sink for an answer that may be kept
   */
  constructor(sink: ResponseSink, status: string, judge: () => ResponseSink) {
    this.#sink = sink;
    this.#status = status;
    this.#judge = judge;
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    this.#sink.attach(source);
  }

  interim(status: number, fields: RawFields): void {
    this.#sink.interim(status, fields);
  }

  head(status: number, fields: RawFields, timing: string): void {
    if (!speaksOfCaching(fields)) {
      this.#sink.head(status, [...fields, "Cache-Status", this.#status], timing);
      return;
    }
    this.#sink = this.#judge();
    if (this.#source !== undefined) this.#sink.attach(this.#source);
    this.#sink.head(status, fields, timing);
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

/** Whether an answer says at all how long it holds: without either field nothing is ever kept. */
function speaksOfCaching(fields: RawFields): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name.length === 13 && name.toLowerCase() === "cache-control") return true;
    if (name.length === 7 && name.toLowerCase() === "expires") return true;
  }
  return false;
}
