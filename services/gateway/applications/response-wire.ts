import { Transform, type TransformCallback } from "node:stream";

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: [name: string, value: string][];
}

interface Receiver {
  /** Whether the application has written all of the response. */
  isWhole(): boolean;
  /** `whole` is the complete body; without it the body is read from the wire. */
  onHead(head: ResponseHead, whole?: Uint8Array<ArrayBuffer>): void;
}

/** They describe a connection, which a captured response does not have. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "trailer"]);

/** A ServerResponse writes to it instead of a socket: it parses the head and passes the body on. */
export class ResponseWire extends Transform {
  readonly #receiver: Receiver;
  #head: ResponseHead | undefined;
  /** The pieces of a body that was written at once: no stream is made for it. */
  #pieces: Buffer[] | undefined;

  constructor(receiver: Receiver) {
    super();
    this.#receiver = receiver;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#head === undefined) this.#takeHead(chunk, done);
    else this.#takeBody(chunk, done);
  }

  override _flush(done: TransformCallback): void {
    if (this.#head !== undefined && this.#pieces !== undefined) {
      this.#receiver.onHead(this.#head, Buffer.concat(this.#pieces));
      this.resume();
    }
    done();
  }

  /** Node writes a head in one piece, alone or with the first of the body. */
  #takeHead(chunk: Buffer, done: TransformCallback): void {
    const end = chunk.indexOf("\r\n\r\n");
    const head = parseHead(chunk.toString("latin1", 0, end));
    this.#head = head;
    // Only then has an end() that wrote this returned.
    queueMicrotask(() => {
      if (this.#receiver.isWhole()) this.#pieces = [];
      else this.#receiver.onHead(head);
      this.#takeBody(chunk.subarray(end + 4), done);
    });
  }

  #takeBody(chunk: Buffer, done: TransformCallback): void {
    this.#pieces?.push(chunk);
    done(null, this.#pieces === undefined ? chunk : undefined);
  }
}

function parseHead(text: string): ResponseHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, status = "", statusText = ""] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(first) ?? [];
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const headers = fields.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  return { status: Number(status), statusText, headers };
}
