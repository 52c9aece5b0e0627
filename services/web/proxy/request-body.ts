import type { Http2ServerRequest } from "node:http2";
import type { Readable } from "node:stream";
import { EdgeError, UpstreamError } from "../exchange/edge-error.ts";

/** Bytes. */
const SMALL = 4 * 1024;

/** Takes a request's body: an attempt, which has the connection. */
export interface BodyWriter {
  /** False means: no more until the body's `resume`. */
  write(piece: Buffer | string): boolean;
  bodyEnded(): void;
  /** The rest of the body is missing. */
  fail(cause: Error): void;
}

export interface RequestBody {
  /** Bytes, where known; otherwise the body is sent chunked. */
  readonly length: number | undefined;
  /** Whether it can be sent from its beginning, again where it was sent before. */
  readonly replayable: boolean;
  start(to: BodyWriter): void;
  resume(): void;
  stop(): void;
}

interface Trailed {
  readonly rawTrailers: readonly string[];
}

/** A body that is sent while it is received, no faster than the replica takes it. */
export class StreamedBody implements RequestBody {
  readonly length: number | undefined;
  readonly #body: Readable;
  readonly #limit: number;
  readonly #request: Trailed;
  readonly #onData = (piece: Buffer) => this.#take(piece);
  readonly #onEnd = () => this.#finish();
  readonly #onError = () => this.#break();
  #to: BodyWriter | undefined;
  #bytes = 0;

  /**
   * @param limit bytes that it may have
   * @param request has the trailers once the body has ended
   */
  constructor(body: Readable, length: number | undefined, limit: number, request: Trailed) {
    this.#body = body;
    this.length = length;
    this.#limit = limit;
    this.#request = request;
  }

  get replayable(): boolean {
    return this.#to === undefined;
  }

  start(to: BodyWriter): void {
    this.#to = to;
    // An empty body may have ended before there was a connection.
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

  /** The rest is read and dropped: the connection may have another request behind it. */
  stop(): void {
    this.#detach();
    this.#body.resume();
  }

  #take(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit) {
      this.#detach();
      this.#to?.fail(tooLarge(this.#limit));
      return;
    }
    const to = this.#to;
    if (to === undefined) return;
    if (this.length !== undefined) {
      if (!to.write(piece)) this.#body.pause();
      return;
    }
    if (!writeChunk(to, piece)) this.#body.pause();
  }

  #finish(): void {
    this.#detach();
    if (this.length === undefined)
      this.#to?.write(`0\r\n${fieldLines(this.#request.rawTrailers)}\r\n`);
    this.#to?.bodyEnded();
  }

  #break(): void {
    this.#detach();
    this.#to?.fail(brokenOff());
  }

  #detach(): void {
    this.#body.off("data", this.#onData).off("end", this.#onEnd).off("aborted", this.#onError);
    // A refused body is destroyed with an error, which must not be an uncaught one.
    this.#body.off("error", this.#onError).on("error", ignore);
  }
}

/** A small chunk is one write: three would cost more than the copy. */
function writeChunk(to: BodyWriter, piece: Buffer): boolean {
  const size = `${piece.length.toString(16)}\r\n`;
  // latin1 keeps every byte.
  if (piece.length <= SMALL) return to.write(`${size}${piece.toString("latin1")}\r\n`);
  to.write(size);
  to.write(piece);
  return to.write("\r\n");
}

/**
 * Waits until a body is complete, its stream's buffer is full (16 KiB over HTTP/1.1, 64 KiB over
 * HTTP/2), or it broke off; takes nothing from it. So a client that hardly sends holds no connection
 * to a gateway.
 */
export function gathered(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    // Not by 'readable': over HTTP/2 it is emitted without end as long as nothing is read.
    const push = body.push.bind(body);
    body.push = (piece: unknown, encoding?: BufferEncoding) => {
      const more = push(piece, encoding);
      if (piece === null || isFull(body)) resolve();
      return more;
    };
    body
      .once("error", () => resolve())
      .once("aborted", resolve)
      .once("close", resolve);
    if (isWhole(body) || body.destroyed || isFull(body)) resolve();
    // Node's HTTP/2 fills the stream's buffer from the first read on.
    else if (isHttp2(body)) body.read(0);
  });
}

function isFull(body: Readable): boolean {
  return body.readableLength >= body.readableHighWaterMark;
}

function isWhole(body: Readable): boolean {
  return isHttp2(body) ? body.stream.readableEnded : "complete" in body && body.complete === true;
}

function isHttp2(body: Readable): body is Http2ServerRequest {
  return "stream" in body;
}

/** 413 for a body that is, or says that it is, above a route's limit. */
export function tooLarge(limit: number): EdgeError {
  return new EdgeError(
    "too-large",
    413,
    `The body is larger than the ${limit} bytes allowed here.`,
  );
}

export function brokenOff(): UpstreamError {
  return new UpstreamError("REQUEST_BROKE", "the request's body broke off");
}

export function fieldLines(fields: readonly string[]): string {
  let lines = "";
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return lines;
}

function ignore(): void {}
