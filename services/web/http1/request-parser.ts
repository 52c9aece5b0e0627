import { type HeadLimits, PARSER_RULES, type Rule } from "@gatehouse/http";
import { CollectedBytes } from "./collected-bytes.ts";
import {
  checkCharacters,
  type Http1Head,
  MalformedRequest,
  readHead,
  readRequestLine,
  readTrailers,
} from "./request-head.ts";

/** Takes what the parser reads of one request, in this order: head, data*, end. */
export interface RequestReader {
  head(head: Http1Head): void;
  /** A piece of the body, the reader's to keep. */
  data(piece: Buffer): void;
  /** @param trailers a flat list of names and values */
  end(trailers: readonly string[]): void;
}

/** Bytes of a chunk's size line, and of all extensions of one body; Node allows 16 KiB of these. */
const LONGEST_SIZE_LINE = 1024;
const MOST_EXTENSIONS = 16 * 1024;
/** Chunks that are read at a time: the rest waits until there is time for it, behind other clients. */
const MOST_CHUNKS = 32;
/** RFC 9112, section 2.2: "at least one empty line" before a request is ignored. */
const MOST_EMPTY_LINES = 2;
/** A quoted string may hold a semicolon, but no line end. RFC 9112, section 7.1.1. */
const CHUNK_SIZE =
  /^([\dA-Fa-f]{1,13})((?:;[!#$%&'*+.^_`|~\dA-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~\dA-Za-z-]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*)$/;
const EMPTY_LINE = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const NOTHING: readonly string[] = [];
const MOST_SHORT_DIGITS = 6;
const NO_DIGIT = 16;
/** The values of the hexadecimal digits, by their bytes. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 ? NO_DIGIT : digit;
});

type State =
  | "head"
  | "counted"
  | "chunk size"
  | "chunk"
  | "chunk end"
  | "trailers"
  | "complete"
  | "stopped";

/**
 * Reads the requests of one connection from its bytes, one at a time: what is received behind a
 * request is kept until `next`. What has no single reading is refused with a MalformedRequest.
 */
export class RequestParser {
  readonly #reader: RequestReader;
  readonly #limits: HeadLimits;
  /** Bytes of a head, or of trailers. */
  readonly #longestHead: number;
  #state: State = "head";
  /** A head, a line or trailers as far as they were received. */
  readonly #begun = new CollectedBytes();
  /** What was received behind the request that is complete, or waits for another turn. */
  readonly #ahead = new CollectedBytes();
  /** Bytes of the body or the chunk that are missing yet. */
  #left = 0;
  #extensions = 0;
  #emptyLines = 0;
  #lineChecked = false;
  /** Of the present turn. */
  #chunks = 0;

  /** @param longestHead bytes of a head, or of trailers */
  constructor(reader: RequestReader, limits: HeadLimits, longestHead: number) {
    this.#reader = reader;
    this.#limits = limits;
    this.#longestHead = longestHead;
  }

  /** Bytes that were received behind the present request. */
  get ahead(): number {
    return this.#ahead.length;
  }

  /** Whether a part of a head was received. */
  get withinHead(): boolean {
    return this.#state === "head" && this.#begun.length > 0;
  }

  /** Whether tiny chunks have used up this turn: the rest is read by `resume`, in another one. */
  get mustWait(): boolean {
    return this.#chunks >= MOST_CHUNKS && this.#isOpen && this.#state !== "complete";
  }

  /** @throws MalformedRequest */
  resume(): void {
    this.#chunks = 0;
    this.feed(this.#ahead.take());
  }

  /** @throws MalformedRequest */
  feed(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#state !== "stopped"; ) {
      if (this.#state === "complete" || this.mustWait) {
        this.#ahead.append(bytes.subarray(at));
        return;
      }
      at = this.#step(bytes, at);
    }
  }

  /** Reads nothing more: what is received from now on is no request. */
  stop(): void {
    this.#state = "stopped";
  }

  /** Reads the next request, which may have been received already. @throws MalformedRequest */
  next(): void {
    this.#state = "head";
    this.#extensions = 0;
    this.#emptyLines = 0;
    this.#lineChecked = false;
    this.#chunks = 0;
    if (this.#ahead.length > 0) this.feed(this.#ahead.take());
  }

  /** Gives away what was received behind the present request, for another protocol. */
  takeAhead(): Buffer {
    return this.#ahead.take();
  }

  #step(bytes: Buffer, at: number): number {
    const { headSize, chunkExtensions, lineEnd } = PARSER_RULES;
    switch (this.#state) {
      case "head":
        return this.#until(EMPTY_LINE, bytes, at, this.#longestHead, headSize);
      case "chunk size":
        return (
          this.#readShortSize(bytes, at) ??
          this.#until(LINE_END, bytes, at, LONGEST_SIZE_LINE, chunkExtensions)
        );
      case "chunk end":
        return (
          this.#readShortEnd(bytes, at) ??
          this.#until(LINE_END, bytes, at, LINE_END.length, lineEnd)
        );
      case "trailers":
        return this.#until(EMPTY_LINE, bytes, at, this.#longestHead, headSize);
      default:
        return this.#readBody(bytes, at);
    }
  }

  /**
   * Reads up to and including `stop`, however the bytes are cut.
   * @param longest bytes that there may be, or `tooLong` is broken
   * @returns where to go on in `bytes`
   */
  #until(stop: Buffer, bytes: Buffer, at: number, longest: number, tooLong: Rule): number {
    const begun = this.#begun;
    const before = begun.length;
    if (before === 0) {
      const end = bytes.indexOf(stop, at) + stop.length;
      if (end >= stop.length) {
        if (end - at > longest) throw new MalformedRequest(tooLong);
        this.#read(bytes.toString("latin1", at, end));
        return end;
      }
    }
    begun.append(at === 0 ? bytes : bytes.subarray(at));
    const end = begun.indexOf(stop, before - stop.length + 1) + stop.length;
    if (end >= stop.length && end <= longest) {
      const text = begun.text(0, end);
      begun.take();
      this.#read(text);
      return at + end - before;
    }
    if (begun.length > longest) throw new MalformedRequest(tooLong);
    this.#checkBegun(before);
    return bytes.length;
  }

  /** Refuses what cannot become valid any more before the rest of it is received. */
  #checkBegun(before: number): void {
    const { length } = this.#begun;
    const cut = this.#begun.text(before - 1, before) === "\r";
    const text = this.#begun.text(cut ? before - 1 : before, length);
    checkCharacters(text);
    if (this.#state !== "head" || this.#lineChecked || !text.includes("\r\n")) return;
    const received = this.#begun.text(0, length);
    const whole = received.slice(0, received.lastIndexOf("\r\n")).split("\r\n");
    const line = whole.find((each) => each !== "") ?? "";
    if (line === "") return;
    this.#lineChecked = true;
    readRequestLine(line);
  }

  /** @param text ends with what this part of a request ends with */
  #read(text: string): void {
    switch (this.#state) {
      case "head":
        this.#readHead(text);
        break;
      case "chunk size":
        this.#readSize(text);
        break;
      case "chunk end":
        if (text !== "\r\n") throw new MalformedRequest(PARSER_RULES.lineEnd);
        this.#state = "chunk size";
        break;
      default:
        this.#finish(readTrailers(text.slice(LINE_END.length, -LINE_END.length)));
    }
  }

  #readHead(text: string): void {
    let from = 0;
    for (; text.startsWith("\r\n", from); from += LINE_END.length) {
      if (++this.#emptyLines > MOST_EMPTY_LINES) {
        throw new MalformedRequest(PARSER_RULES.requestLine);
      }
    }
    if (from === text.length) return;
    const head = readHead(text.slice(from, -LINE_END.length), this.#limits);
    this.#left = head.bodyLength ?? 0;
    if (head.bodyLength === undefined) this.#state = "chunk size";
    else this.#state = head.bodyLength === 0 ? "complete" : "counted";
    this.#reader.head(head);
    if (head.bodyLength === 0 && this.#isOpen) this.#reader.end(NOTHING);
  }

  #readSize(text: string): void {
    const [, size, extensions = ""] = CHUNK_SIZE.exec(text.slice(0, -LINE_END.length)) ?? [];
    if (size === undefined) throw new MalformedRequest(PARSER_RULES.chunkSize);
    this.#extensions += extensions.length;
    if (this.#extensions > MOST_EXTENSIONS) {
      throw new MalformedRequest(PARSER_RULES.chunkExtensions);
    }
    this.#beginChunk(Number.parseInt(size, 16));
  }

  /**
   * Reads the size of a chunk that is a few digits and nothing else, as nearly all are, without a text
   * and an expression: a client that sends tiny chunks would hold up all others with these.
   */
  #readShortSize(bytes: Buffer, at: number): number | undefined {
    if (this.#begun.length > 0) return undefined;
    let size = 0;
    let end = at;
    for (; end < at + MOST_SHORT_DIGITS; end++) {
      const digit = DIGITS[bytes[end] ?? 0] ?? NO_DIGIT;
      if (digit === NO_DIGIT) break;
      size = 16 * size + digit;
    }
    if (end === at || !isLineEnd(bytes, end)) return undefined;
    this.#beginChunk(size);
    return end + LINE_END.length;
  }

  #readShortEnd(bytes: Buffer, at: number): number | undefined {
    if (this.#begun.length > 0 || !isLineEnd(bytes, at)) return undefined;
    this.#state = "chunk size";
    return at + LINE_END.length;
  }

  #beginChunk(size: number): void {
    this.#chunks++;
    this.#left = size;
    this.#state = size === 0 ? "trailers" : "chunk";
    // The end of this line and an empty line end the body, where no trailer stands in between.
    if (size === 0) this.#begun.append(LINE_END);
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    const counted = this.#state === "counted";
    this.#reader.data(bytes.subarray(at, end));
    if (this.#left > 0 || !this.#isOpen) return end;
    if (counted) this.#finish(NOTHING);
    else this.#state = "chunk end";
    return end;
  }

  /** The reader may stop the parser at any call. */
  get #isOpen(): boolean {
    return this.#state !== "stopped";
  }

  #finish(trailers: readonly string[]): void {
    this.#state = "complete";
    this.#reader.end(trailers);
  }
}

function isLineEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a;
}
