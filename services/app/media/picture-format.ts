/** A kind of picture that every browser shows. Not SVG: it can hold scripts. */
export interface PictureFormat {
  readonly type: string;
  readonly extension: string;
  readonly begins: (head: Buffer) => boolean;
  /** Whether a file with these first and last bytes, and this size, is complete. */
  readonly isWhole: (head: Buffer, tail: Buffer, size: number) => boolean;
}

/** The first and last bytes that these checks need. */
export const HEAD = 16;
export const TAIL = 64;

const PNG = Buffer.from("89504e470d0a1a0a", "hex");
const PNG_END = Buffer.from("49454e44ae426082", "hex");
const JPEG = Buffer.from("ffd8ff", "hex");

const at = (bytes: Buffer, offset: number, word: string): boolean =>
  bytes.toString("latin1", offset, offset + word.length) === word;
const startsWith = (bytes: Buffer, start: Buffer): boolean =>
  bytes.subarray(0, start.length).equals(start);

/** By their first bytes: the type that the browser sends, and the file's name, can be wrong. */
export const formats: readonly PictureFormat[] = [
  {
    type: "image/jpeg",
    extension: "jpg",
    begins: (head) => startsWith(head, JPEG),
    // ISO 10918-1, B.1.1.3: the marker EOI; some cameras pad with zeros behind it.
    isWhole: (_head, tail) => /\xff\xd9\0*$/.test(tail.toString("latin1")),
  },
  {
    type: "image/png",
    extension: "png",
    begins: (head) => startsWith(head, PNG),
    // ISO 15948, 11.2.5: IEND, empty, with its checksum.
    isWhole: (_head, tail) => tail.subarray(-PNG_END.length).equals(PNG_END),
  },
  {
    type: "image/gif",
    extension: "gif",
    begins: (head) => at(head, 0, "GIF87a") || at(head, 0, "GIF89a"),
    // GIF89a, 27: the trailer.
    isWhole: (_head, tail) => tail.at(-1) === 0x3b,
  },
  {
    type: "image/webp",
    extension: "webp",
    begins: (head) => at(head, 0, "RIFF") && at(head, 8, "WEBP"),
    // RFC 9649, 2.4: the size of what follows the first eight bytes.
    isWhole: (head, _tail, size) => head.length >= 8 && size >= head.readUInt32LE(4) + 8,
  },
];
