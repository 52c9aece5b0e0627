import { UpstreamError } from "../exchange/edge-error.ts";
import { badResponse, type ResponseHead, readHead, readTrailers } from "./response-head.ts";

/** Takes what the parser reads, in this order: interim*, then head, data* and end, or switched. */
export interface ResponseHandler {
  interim(head: ResponseHead): void;
  head(head: ResponseHead): void;
  /** A piece of the body, the handler's to keep; an empty one where none follows the head yet. */
  data(chunk: Buffer): void;
  /** @param clean whether nothing was received behind the response: only then may a next one follow */
  end(trailers: readonly string[], clean: boolean): void;
  /** 101: what follows is another protocol's, beginning with `rest`. */
  switched(head: ResponseHead, rest: Buffer): void;
}

/** Bytes of a head, or of the trailers. Node's own client allows 16 KiB, nginx 4 or 8. */
const LONGEST_HEAD = 32 * 1024;
/** Bytes of all interim responses before a final one; Go's client has the same bound for both together. */
const LONGEST_INTERIMS = LONGEST_HEAD;
/** Bytes of a chunk's size with its extensions. */
const LONGEST_SIZE_LINE = 256;
const EMPTY_LINE = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const CHUNK_SIZE = /^([\dA-Fa-f]{1,12})(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const NO_BYTES = Buffer.alloc(0);
const NOTHING: readonly string[] = [];

type State =
  | "idle"
  | "head"
  | "counted"
  | "chunk size"
  | "chunk"
  | "chunk end"
  | "trailers"
  | "until close"
  | "done";

/**
 * Reads the responses of one connection from raw bytes, one for each `begin`. What could be read in
 * two ways is refused with an UpstreamError; the connection cannot be used afterwards.
 */
export class ResponseParser {
  #state: State = "idle";
  #handler: ResponseHandler | undefined;
  #bodiless = false;
  #upgrades = false;
  /** The beginning of a head, a size line or trailers whose end is not there yet. */
  #stash: Buffer | undefined;
  /** Bytes of the body or the chunk that are missing yet. */
  #left = 0;
  /** Bytes of the interim responses so far. */
  #interims = 0;
  /** The contents of the chunks of this read: tiny ones must not cost a write each. */
  #gathered = NO_BYTES;
  #length = 0;

  /** @param upgrades whether the request asks for an upgrade, so that 101 is a response to it */
  begin(method: string, handler: ResponseHandler, upgrades: boolean): void {
    this.#state = "head";
    this.#bodiless = method === "HEAD";
    this.#handler = handler;
    this.#upgrades = upgrades;
    this.#interims = 0;
  }

  /** Has another handler take the rest of the present response. */
  handTo(handler: ResponseHandler): void {
    if (this.#handler !== undefined) this.#handler = handler;
  }

  /** @param bytes is only valid until this returns, up to `length`. @throws UpstreamError */
  feed(bytes: Buffer, length: number): void {
    let chunk = bytes;
    let end = length;
    if (this.#stash !== undefined) {
      chunk = Buffer.concat([this.#stash, bytes.subarray(0, length)]);
      end = chunk.length;
      this.#stash = undefined;
    }
    let at = 0;
    while (at < end) {
      switch (this.#state) {
        case "head":
          at = this.#readHead(chunk, at, end);
          break;
        case "counted":
        case "chunk":
        case "until close":
          at = this.#readBody(chunk, at, end);
          break;
        case "chunk size":
          at = this.#readSize(chunk, at, end);
          break;
        case "chunk end":
          at = this.#readChunkEnd(chunk, at, end);
          break;
        case "trailers":
          at = this.#readTrailers(chunk, at, end);
          break;
        default:
          throw badResponse(this.#state === "idle" ? "bytes without a request" : "bytes behind it");
      }
    }
    this.#passOn();
  }

  /** The replica has closed. @throws UpstreamError where that does not end a response. */
  close(): void {
    if (this.#state === "until close") this.#finish()?.end(NOTHING, false);
    else if (this.#state !== "idle" && this.#state !== "done") {
      throw new UpstreamError("CLOSED_EARLY", "the replica closed before the end of its response");
    }
  }

  #readHead(chunk: Buffer, at: number, end: number): number {
    const stop = find(EMPTY_LINE, chunk, at, end);
    if (stop < 0) return this.#keep(chunk, at, end, LONGEST_HEAD);
    if (stop - at > LONGEST_HEAD) throw badResponse("a head that is too long");
    const head = readHead(chunk.toString("latin1", at, stop + 2));
    const next = stop + EMPTY_LINE.length;
    if (head.status < 200) {
      if (head.status !== 101) {
        this.#interims += next - at;
        if (this.#interims > LONGEST_INTERIMS) throw badResponse("interim responses without end");
        this.#handler?.interim(head);
        return next;
      }
      if (!this.#upgrades) throw badResponse("101 without an upgrade");
      this.#finish()?.switched(head, Buffer.from(chunk.subarray(next, end)));
      return end;
    }
    // RFC 9112, section 6.3.
    const bodiless = this.#bodiless || head.status === 204 || head.status === 304;
    const length = bodiless ? 0 : head.contentLength;
    // Refused before any of it is passed on.
    if (length !== undefined && end - next > length) throw badResponse("more than its length");
    this.#handler?.head(head);
    if (length !== 0 && next === end) this.#handler?.data(NO_BYTES);
    if (length === 0) this.#finish()?.end(NOTHING, true);
    else if (head.chunked) this.#state = "chunk size";
    else if (length === undefined) {
      this.#state = "until close";
      this.#left = Number.POSITIVE_INFINITY;
    } else {
      this.#state = "counted";
      this.#left = length;
    }
    return next;
  }

  #readBody(chunk: Buffer, at: number, end: number): number {
    const size = Math.min(this.#left, end - at);
    // What follows within this read has no more than that.
    if (this.#length === 0) this.#gathered = Buffer.allocUnsafe(end - at);
    this.#length += chunk.copy(this.#gathered, this.#length, at, at + size);
    this.#left -= size;
    if (this.#left > 0) return at + size;
    if (this.#state === "chunk") this.#state = "chunk end";
    else {
      this.#passOn();
      this.#finish()?.end(NOTHING, at + size === end);
    }
    return at + size;
  }

  /** Hands on what was gathered of the body. */
  #passOn(): void {
    if (this.#length === 0) return;
    const piece =
      this.#length === this.#gathered.length
        ? this.#gathered
        : this.#gathered.subarray(0, this.#length);
    this.#gathered = NO_BYTES;
    this.#length = 0;
    this.#handler?.data(piece);
  }

  #readSize(chunk: Buffer, at: number, end: number): number {
    const stop = find(LINE_END, chunk, at, end);
    if (stop < 0) return this.#keep(chunk, at, end, LONGEST_SIZE_LINE);
    const size = CHUNK_SIZE.exec(chunk.toString("latin1", at, stop))?.[1];
    if (size === undefined || stop - at > LONGEST_SIZE_LINE) throw badResponse("a chunk's size");
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
    return stop + LINE_END.length;
  }

  #readChunkEnd(chunk: Buffer, at: number, end: number): number {
    if (end - at < LINE_END.length) return this.#keep(chunk, at, end, LINE_END.length);
    if (chunk[at] !== 0x0d || chunk[at + 1] !== 0x0a) throw badResponse("the end of a chunk");
    this.#state = "chunk size";
    return at + LINE_END.length;
  }

  #readTrailers(chunk: Buffer, at: number, end: number): number {
    if (end - at < LINE_END.length) return this.#keep(chunk, at, end, LONGEST_HEAD);
    if (chunk[at] === 0x0d && chunk[at + 1] === 0x0a) {
      this.#passOn();
      this.#finish()?.end(NOTHING, at + LINE_END.length === end);
      return at + LINE_END.length;
    }
    const stop = find(EMPTY_LINE, chunk, at, end);
    if (stop < 0) return this.#keep(chunk, at, end, LONGEST_HEAD);
    const next = stop + EMPTY_LINE.length;
    const trailers = readTrailers(chunk.toString("latin1", at, stop + 2));
    this.#passOn();
    this.#finish()?.end(trailers, next === end);
    return next;
  }

  #keep(chunk: Buffer, at: number, end: number, longest: number): number {
    if (end - at > longest) throw badResponse("a head, a size or a trailer that does not end");
    this.#stash = Buffer.from(chunk.subarray(at, end));
    return end;
  }

  #finish(): ResponseHandler | undefined {
    const handler = this.#handler;
    this.#state = "done";
    this.#handler = undefined;
    return handler;
  }
}

/** Where `what` begins between `at` and `end`, or -1: behind `end` are bytes of an older read. */
function find(what: Buffer, chunk: Buffer, at: number, end: number): number {
  const found = chunk.indexOf(what, at);
  return found >= 0 && found + what.length <= end ? found : -1;
}
