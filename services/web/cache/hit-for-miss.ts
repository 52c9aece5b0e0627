import type { RawFields } from "@gatehouse/http";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import { TARGETED } from "../exchange/shared-response.ts";

/** How long a key stays hit-for-miss, in milliseconds. */
const REMEMBERED = 60_000;
/** Clients choose the keys and their length: the memory for them is limited, in characters. */
const MOST_CHARACTERS = 4 * 1024 ** 2;

/**
 * The keys whose last response could not be shared: Varnish's "hit for miss". Their requests do not
 * wait for one another, but a response that may be stored is stored.
 */
export class HitForMiss {
  readonly #until = new Map<string, number>();
  #characters = 0;

  /** @param now as by performance.now(), as in `has` */
  add(key: string, now: number): void {
    this.delete(key);
    this.#until.set(key, now + REMEMBERED);
    this.#characters += key.length;
    for (const [oldest] of this.#until) {
      if (this.#characters <= MOST_CHARACTERS) return;
      this.delete(oldest);
    }
  }

  has(key: string, now: number): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.delete(key);
    return false;
  }

  delete(key: string): void {
    if (this.#until.delete(key)) this.#characters -= key.length;
  }

  clear(): void {
    this.#until.clear();
    this.#characters = 0;
  }
}

/** Whether a response may have a lifetime: without one of these fields it is never stored. */
export function mayHaveLifetime(fields: RawFields): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name.length === 13 && name.toLowerCase() === "cache-control") return true;
    if (name.length === 7 && name.toLowerCase() === "expires") return true;
    if (name.length === 17 && name.toLowerCase() === TARGETED) return true;
  }
  return false;
}

/** May return another sink for the response. */
type HeadObserver = (status: number, fields: RawFields) => ResponseSink | undefined;

/** Passes a response on as it is, with its Cache-Status. */
export class PassThrough implements ResponseSink {
  #sink: ResponseSink;
  readonly #cacheStatus: string;
  readonly #onHead: HeadObserver | undefined;
  #source: ResponseSource | undefined;

  /** @param onHead is called before the head is passed on */
  constructor(sink: ResponseSink, cacheStatus: string, onHead: HeadObserver | undefined) {
    this.#sink = sink;
    this.#cacheStatus = cacheStatus;
    this.#onHead = onHead;
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    this.#sink.attach(source);
  }

  interim(status: number, fields: RawFields): void {
    this.#sink.interim(status, fields);
  }

  head(status: number, fields: RawFields, timing: string): void {
    const other = this.#onHead?.(status, fields);
    if (other === undefined) {
      this.#sink.head(status, [...fields, "Cache-Status", this.#cacheStatus], timing);
      return;
    }
    this.#sink = other;
    if (this.#source !== undefined) other.attach(this.#source);
    other.head(status, fields, timing);
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
