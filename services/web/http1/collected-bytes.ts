const NO_BYTES = Buffer.alloc(0);
const SMALLEST = 1024;

/** Bytes that are collected from many pieces, in one piece of memory: tiny ones cost no object each. */
export class CollectedBytes {
  #bytes: Buffer = NO_BYTES;
  length = 0;

  append(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(SMALLEST, 2 * length));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.length);
    this.length = length;
  }

  /** Where `what` begins, at `from` or behind it; or -1. */
  indexOf(what: Buffer, from: number): number {
    return this.#bytes.subarray(0, this.length).indexOf(what, Math.max(0, from));
  }

  /** One character a byte. */
  text(from: number, to: number): string {
    return this.#bytes.toString("latin1", Math.max(0, from), to);
  }

  /** Gives the bytes away and begins anew. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.length);
    this.#bytes = NO_BYTES;
    this.length = 0;
    return bytes;
  }
}
