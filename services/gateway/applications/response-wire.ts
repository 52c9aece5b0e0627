import { Transform, type TransformCallback } from "node:stream";

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: [name: string, value: string][];
}

interface Told {
  /** Whether everything has been written that ever will be. */
  isWhole(): boolean;
  /** `whole` is the complete body; without it the body is what can be read from the wire. */
  onHead(head: ResponseHead, whole?: Uint8Array<ArrayBuffer>): void;
}

/** They tell of a connection that a captured response does not have. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "trailer"]);

/** What a ServerResponse writes to instead of a socket: takes the head off, lets the body through. */
export class ResponseWire extends Transform {
  readonly #told: Told;
  #head: ResponseHead | undefined;
  /** The pieces of a body that is at hand as a whole: no stream is made for it. */
  #pieces: Buffer[] | undefined;

  constructor(told: Told) {
    super();
    this.#told = told;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#head === undefined) this.#behead(chunk, done);
    else this.#body(chunk, done);
  }

  override _flush(done: TransformCallback): void {
    if (this.#head !== undefined && this.#pieces !== undefined) {
      this.#told.onHead(this.#head, Buffer.concat(this.#pieces));
      this.resume();
    }
    done();
  }

  /** Node writes a head in one piece, alone or with the first of the body. */
  #behead(chunk: Buffer, done: TransformCallback): void {
    const end = chunk.indexOf("\r\n\r\n");
    const head = parseHead(chunk.toString("latin1", 0, end));
    this.#head = head;
    // An end() that wrote this is not over yet.
    queueMicrotask(() => {
      if (this.#told.isWhole()) this.#pieces = [];
      else this.#told.onHead(head);
      this.#body(chunk.subarray(end + 4), done);
    });
  }

  #body(chunk: Buffer, done: TransformCallback): void {
    if (this.#pieces === undefined) {
      done(null, chunk);
    } else {
      this.#pieces.push(chunk);
      done();
    }
  }
}

function parseHead(text: string): ResponseHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, status = "", statusText = ""] = /^HTTP\/1\.1 (\d+) ?(.*)$/.exec(first) ?? [];
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const headers = fields.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  return { status: Number(status), statusText, headers };
}
