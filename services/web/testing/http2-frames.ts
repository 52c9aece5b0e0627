import type { TestContext } from "node:test";
import { connect, type TLSSocket } from "node:tls";

/** Frame types; RFC 9113, section 6. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

/** Error codes; RFC 9113, section 7. */
export const CODE = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** RFC 9113, section 4.1. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Fields as literals that are not indexed, without Huffman's code; RFC 7541, section 6.2.2. */
export function fieldBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const pieces = fields.flatMap(([name, value]) => [Buffer.of(0), word(name), word(value)]);
  return Buffer.concat(pieces);
}

function word(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** With a prefix of seven bits; RFC 7541, section 5.1. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export const REQUEST: readonly (readonly [string, string])[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "a.example"],
  [":path", "/"],
];

/** A client that writes HTTP/2's frames itself, lawful or not, and hears what comes back. */
export class FrameClient {
  readonly frames: Frame[] = [];
  readonly ended: Promise<unknown>;
  readonly #socket: TLSSocket;
  readonly #waiting = new Set<() => void>();
  #rest = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    // Not by once(): a connection may end by an error too.
    this.ended = new Promise((resolve) => socket.once("close", resolve));
    void this.ended.then(() => this.#look());
  }

  /** Where the server cuts it already while TLS begins, the client is a closed one. */
  static async open(
    t: TestContext,
    port: number,
    settings: Uint8Array = Buffer.alloc(0),
  ): Promise<FrameClient> {
    const socket = connect({
      host: "127.0.0.1",
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
    });
    t.after(() => socket.destroy());
    const secured = new Promise((resolve) => socket.once("secureConnect", resolve));
    const client = new FrameClient(socket);
    await Promise.race([secured, client.ended]);
    client.send(Buffer.from(PREFACE), frame(FRAME.settings, 0, 0, settings));
    return client;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Closes the connection without a word. */
  async close(): Promise<void> {
    this.#socket.destroy();
    await this.ended;
  }

  send(...pieces: Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(pieces));
  }

  get(stream: number, fields = REQUEST): void {
    const flags = FLAG.endStream | FLAG.endHeaders;
    this.send(frame(FRAME.headers, flags, stream, fieldBlock(fields)));
  }

  /** Waits for a frame; undefined if the connection ends before one came. */
  async frame(matches: (frame: Frame) => boolean): Promise<Frame | undefined> {
    const { promise, resolve } = Promise.withResolvers<Frame | undefined>();
    const look = () => {
      const found = this.frames.find(matches);
      if (found !== undefined || this.closed) resolve(found);
    };
    this.#waiting.add(look);
    look();
    return await promise.finally(() => this.#waiting.delete(look));
  }

  /** How the server ended a stream or the session: the code of RST_STREAM, or of GOAWAY. */
  async verdict(stream: number): Promise<string> {
    const found = await this.frame(
      ({ type, stream: of, flags }) =>
        type === FRAME.goaway ||
        (of === stream && (type === FRAME.reset || (type === FRAME.headers && flags > 0))),
    );
    if (found === undefined) return "closed";
    if (found.type === FRAME.headers) return `status ${statusOf(found.payload)}`;
    if (found.type === FRAME.goaway) return `goaway ${found.payload.readUInt32BE(4)}`;
    return `reset ${found.payload.readUInt32BE(0)}`;
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      this.frames.push({
        type: this.#rest.readUInt8(3),
        flags: this.#rest.readUInt8(4),
        stream: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload: this.#rest.subarray(9, end),
      });
      this.#rest = this.#rest.subarray(end);
    }
    this.#look();
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}

/** Statuses of HPACK's static table; RFC 7541, appendix A. Others are literals. */
const STATUSES = ["200", "204", "206", "304", "400", "404", "500"];

function statusOf(block: Buffer): string {
  // A change of the table's size may come first.
  const at = block.findIndex((byte) => (byte & 0xe0) !== 0x20);
  return STATUSES[(block[at] ?? 0) - 0x88] ?? "another";
}
