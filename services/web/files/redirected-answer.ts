import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import { type ProtectedFiles, redirectOf, withoutRedirect } from "./protected-files.ts";

/** What a finished or foreign answer is to the exchange: nothing that could be slowed or stopped. */
const NOTHING: ResponseSource = { resume() {}, abort() {} };

/** Bytes of a body that is not wanted which are read, so that its connection can be kept. */
const MOST_DROPPED = 64 * 1024;

/**
 * Stands between the application's answer and the exchange. Where the answer's head names a
 * protected file, the file is sent instead, and the answer's own body goes nowhere.
 */
export class RedirectedAnswer implements ResponseSink {
  readonly #exchange: Exchange;
  readonly #files: ProtectedFiles;
  readonly #failed: (error: unknown) => void;
  #source = NOTHING;
  #replaced = false;
  /** Bytes of the application's own body that went nowhere. */
  #dropped = 0;

  /** @param failed answers in the file's place where it cannot be sent */
  constructor(exchange: Exchange, files: ProtectedFiles, failed: (error: unknown) => void) {
    this.#exchange = exchange;
    this.#files = files;
    this.#failed = failed;
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    this.#exchange.attach(source);
  }

  interim(status: number, fields: readonly string[]): void {
    this.#exchange.interim(status, fields);
  }

  head(status: number, fields: readonly string[], timing: string): void {
    const named = redirectOf(fields);
    if (named === undefined) {
      this.#exchange.head(status, fields, timing);
    } else if (status !== 200) {
      // An error is one, whatever else it says; but where files lie is no client's business.
      this.#exchange.head(status, withoutRedirect(fields), timing);
    } else {
      this.#replaced = true;
      this.#exchange.attach(NOTHING);
      this.#exchange.servedBy = "files";
      this.#files.send(this.#exchange, named, fields, timing).catch(this.#failed);
    }
  }

  data(chunk: Buffer): boolean {
    if (!this.#replaced) return this.#exchange.data(chunk);
    this.#dropped += chunk.length;
    if (this.#dropped > MOST_DROPPED) this.#source.abort();
    return true;
  }

  end(trailers: readonly string[]): void {
    if (!this.#replaced) this.#exchange.end(trailers);
  }

  fail(cause: Error): void {
    if (!this.#replaced) this.#exchange.fail(cause);
  }
}
