/** What a client sends before its first frame; RFC 9113, section 3.4. */
export const PREFACE_LENGTH = 24;
/** Section 4.1. */
const HEAD_LENGTH = 9;

/** Section 6.2. */
export const HEADERS = 1;
/** Section 6.8. */
export const GOAWAY = 7;

/** Finds the frames in what one side sends over HTTP/2. What is wrong with them is for nghttp2 to say. */
export class FrameReader {
  /** Bytes until the next frame. */
  #skip: number;
  readonly #head = Buffer.alloc(HEAD_LENGTH);
  #headLength = 0;
  /** The type of the frame that was found last. */
  type = 0;

  /** @param preface bytes before the first frame */
  constructor(preface: number) {
    this.#skip = preface;
  }

  /**
   * Finds the next frame, whose head may have begun in the bytes before.
   * @param at where to begin: 0, or what was returned before
   * @returns where its payload begins; -1 where these bytes have no further frame
   */
  next(bytes: Buffer, at: number): number {
    const begin = at + this.#skip;
    if (begin > bytes.length) {
      this.#skip = begin - bytes.length;
      return -1;
    }
    this.#skip = 0;
    const end = Math.min(begin + HEAD_LENGTH - this.#headLength, bytes.length);
    bytes.copy(this.#head, this.#headLength, begin, end);
    this.#headLength += end - begin;
    if (this.#headLength < HEAD_LENGTH) return -1;
    this.#headLength = 0;
    this.#skip = this.#head.readUIntBE(0, 3);
    this.type = this.#head.readUInt8(3);
    return end;
  }
}
