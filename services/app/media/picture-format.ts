/** A kind of picture that every browser shows. Not SVG: it can hold scripts. */
export interface PictureFormat {
  readonly type: string;
  readonly extension: string;
  /** @param head in Latin-1: one character per byte */
  readonly begins: (head: string) => boolean;
  /** Whether a file with these first and last bytes, and this size, is complete. */
  readonly isWhole: (head: Buffer, tail: Buffer, size: number) => boolean;
}

/** The first and last bytes that these checks need. */
export const HEAD = 16;
export const TAIL = 64;

/** By their first bytes: the type that the browser sends, and the file's name, can be wrong. */
export const formats: readonly PictureFormat[] = [
  {
    type: "image/jpeg",
    extension: "jpg",
    begins: (head) => head.startsWith("\xff\xd8\xff"),
    // ISO 10918-1, B.1.1.3: the marker EOI; some cameras pad with zeros behind it.
    isWhole: (_head, tail) => /\xff\xd9\0*$/.test(tail.toString("latin1")),
  },
  {
    type: "image/png",
    extension: "png",
    begins: (head) => head.startsWith("\x89PNG\r\n\x1a\n"),
    // ISO 15948, 11.2.5: IEND, empty, with its checksum.
    isWhole: (_head, tail) => tail.toString("latin1").endsWith("IEND\xae\x42\x60\x82"),
  },
  {
    type: "image/gif",
    extension: "gif",
    begins: (head) => head.startsWith("GIF87a") || head.startsWith("GIF89a"),
    // GIF89a, 27: the trailer.
    isWhole: (_head, tail) => tail.at(-1) === 0x3b,
  },
  {
    type: "image/webp",
    extension: "webp",
    begins: (head) => head.startsWith("RIFF") && head.startsWith("WEBP", 8),
    // RFC 9649, 2.4: the size of what follows the first eight bytes.
    isWhole: (head, _tail, size) => head.length >= 8 && size >= head.readUInt32LE(4) + 8,
  },
];
