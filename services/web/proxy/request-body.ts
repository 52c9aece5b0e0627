import type { Readable } from "node:stream";
import { EdgeError } from "../exchange/edge-error.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Where a request's body goes: an attempt, which knows the connection. */
export interface BodyWriter {
  /** False means: no more until the body's `resume`. */
  write(piece: Buffer | string): boolean;
  /** The body has been written whole. */
  bodyEnded(): void;
  /** There will be no rest of it. */
  bodyBroke(cause: Error): void;
}

/** A request's body on its way to a replica. */
export interface RequestBody {
  /** Bytes, where they are known; otherwise it goes chunked. */
  readonly length: number | undefined;
  /** Whether it can be sent from its beginning (again). */
  readonly replayable: boolean;
  start(to: BodyWriter): void;
  resume(): void;
  /** Nobody takes any more of it. */
  stop(): void;
}

/** A body that goes on as it comes: neither side is read faster than the other one takes. */
export class StreamedBody implements RequestBody {
  readonly length: number | undefined;
  readonly #body: Readable;
  readonly #limit: number;
  readonly #trailers: () => readonly string[];
  readonly #onData = (piece: Buffer) => this.#take(piece);
  readonly #onEnd = () => this.#finish();
  readonly #onError = () => this.#break();
  #to: BodyWriter | undefined;
  #bytes = 0;

  /**
   * @param limit bytes that it may have
   * @param trailers tells, once the body has ended, which fields came behind it
   */
  constructor(
    body: Readable,
    length: number | undefined,
    limit: number,
    trailers: () => readonly string[],
  ) {
    this.#body = body;
    this.length = length;
    this.#limit = limit;
    this.#trailers = trailers;
  }

  get replayable(): boolean {
    return this.#to === undefined;
  }

  start(to: BodyWriter): void {
    this.#to = to;
    // An empty body may have ended while it was waited for.
    if (this.#body.readableEnded) {
      this.#finish();
      return;
    }
    if (this.#body.destroyed) {
      this.#break();
      return;
    }
    // An incoming message that breaks off emits 'error', an HTTP/2 one only 'aborted'.
    this.#body.on("data", this.#onData).on("end", this.#onEnd);
    this.#body.on("error", this.#onError).on("aborted", this.#onError);
  }

  resume(): void {
    this.#body.resume();
  }

  /** What still comes is read and forgotten: the connection may have another request behind it. */
  stop(): void {
    this.#detach();
    this.#body.resume();
  }

  #take(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit) {
      this.#detach();
      this.#to?.bodyBroke(tooLarge(this.#limit));
      return;
    }
    const to = this.#to;
    if (to === undefined) return;
    if (this.length !== undefined) {
      if (!to.write(piece)) this.#body.pause();
      return;
    }
    to.write(`${piece.length.toString(16)}\r\n`);
    to.write(piece);
    if (!to.write("\r\n")) this.#body.pause();
  }

  #finish(): void {
    this.#detach();
    if (this.length === undefined) this.#to?.write(`0\r\n${fieldLines(this.#trailers())}\r\n`);
    this.#to?.bodyEnded();
  }

  #break(): void {
    this.#detach();
    this.#to?.bodyBroke(brokenOff());
  }

  #detach(): void {
    this.#body.off("data", this.#onData).off("end", this.#onEnd).off("aborted", this.#onError);
    // Whoever refuses the body later destroys it with an error that nobody else hears.
    this.#body.off("error", this.#onError).on("error", ignore);
  }
}

/** 413, where a body grows, or says that it is, above a route's limit. */
export function tooLarge(limit: number): EdgeError {
  return new EdgeError("too-large", 413, `More than ${limit} bytes are not taken here.`);
}

/** The client left, or was refused, before its body was whole. */
export function brokenOff(): UpstreamError {
  return new UpstreamError("REQUEST_BROKE", "the request's body broke off");
}

function fieldLines(fields: readonly string[]): string {
  let lines = "";
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return lines;
}

function ignore(): void {}
