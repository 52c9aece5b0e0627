import type { FileHandle } from "node:fs/promises";

/** Bytes that are read at once. */
const WINDOW = 65_536;

/** A file that does not keep the rules of its format. */
export class Damaged extends Error {
  override readonly name = "Damaged";
}

/** Reads an uploaded file at any position, most of the time from memory. */
export class Source {
  readonly #file: FileHandle;
  readonly size: number;
  #start = 0;
  #window = Buffer.alloc(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** @param length up to 64 KiB. @throws Damaged where the file is shorter */
  async read(from: number, length: number): Promise<Buffer> {
    if (from + length > this.size) throw new Damaged("the file ends too early");
    const end = this.#start + this.#window.length;
    if (from < this.#start || from + length > end) await this.#load(from);
    return this.#window.subarray(from - this.#start, from - this.#start + length);
  }

  async byte(at: number): Promise<number> {
    return (await this.read(at, 1)).readUInt8();
  }

  /**
   * The position of the next such byte whose follower is accepted.
   * @throws Damaged where there is none
   */
  async find(byte: number, from: number, accepts: (follower: number) => boolean): Promise<number> {
    for (let at = from; ; ) {
      await this.read(at, 2);
      let found = this.#window.indexOf(byte, at - this.#start);
      while (found >= 0 && found + 1 < this.#window.length) {
        if (accepts(this.#window.readUInt8(found + 1))) return this.#start + found;
        found = this.#window.indexOf(byte, found + 1);
      }
      at = this.#start + (found < 0 ? this.#window.length : found);
    }
  }

  async #load(from: number): Promise<void> {
    const window = Buffer.alloc(Math.min(WINDOW, this.size - from));
    const { bytesRead } = await this.#file.read(window, 0, window.length, from);
    if (bytesRead < window.length) throw new Damaged("the file ends too early");
    this.#start = from;
    this.#window = window;
  }
}

/** Bytes that are made here, or a piece of the source. */
type Part = Buffer | { readonly from: number; to: number };

/** What is kept of a file, in order. */
export class Kept {
  readonly #parts: Part[] = [];

  /** Keeps the source's bytes from one position to before another. */
  range(from: number, to: number): void {
    const last = this.#parts.at(-1);
    if (last !== undefined && !Buffer.isBuffer(last) && last.to === from) last.to = to;
    else this.#parts.push({ from, to });
  }

  bytes(made: Buffer): void {
    this.#parts.push(made);
  }

  append(other: Kept): void {
    for (const part of other.#parts) this.#parts.push(part);
  }

  get length(): number {
    const lengths = this.#parts.map((part) =>
      Buffer.isBuffer(part) ? part.length : part.to - part.from,
    );
    return lengths.reduce((sum, each) => sum + each, 0);
  }

  /** The content, in pieces of about 64 KiB. */
  async *content(source: Source): AsyncGenerator<Buffer> {
    let pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of this.#pieces(source)) {
      pieces.push(Buffer.from(piece));
      length += piece.length;
      if (length < WINDOW) continue;
      yield Buffer.concat(pieces);
      [pieces, length] = [[], 0];
    }
    yield Buffer.concat(pieces);
  }

  async *#pieces(source: Source): AsyncGenerator<Buffer> {
    for (const part of this.#parts) {
      if (Buffer.isBuffer(part)) yield part;
      else {
        for (let at = part.from; at < part.to; at += WINDOW) {
          yield await source.read(at, Math.min(WINDOW, part.to - at));
        }
      }
    }
  }
}
