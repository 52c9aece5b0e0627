import { Damaged, Kept, type Source } from "./source.ts";

/** GIF89a, 18 to 27. */
const HEADER = 13;
const [IMAGE, EXTENSION, TRAILER] = [0x2c, 0x21, 0x3b];
const [CONTROL, APPLICATION] = [0xf9, 0xff];
const DESCRIPTOR = 10;
/** The extensions that say how often an animation repeats: a name, one block of three bytes, the end. */
const REPEATS: readonly string[] = ["\x0bNETSCAPE2.0\x03\x01", "\x0bANIMEXTS1.0\x03\x01"];
const REPEAT_LENGTH = 17;

/** Keeps the pictures and their animation; not comments, texts and what applications add (XMP). */
export async function keptOfGif(source: Source): Promise<Kept> {
  const kept = new Kept();
  const screen = await source.read(0, HEADER);
  let at = HEADER + colours(screen.readUInt8(10));
  kept.range(0, at);
  for (;;) {
    const kind = await source.byte(at);
    if (kind === TRAILER) {
      kept.range(at, at + 1);
      return kept;
    }
    const start = at;
    if (kind === IMAGE) {
      const table = colours((await source.read(at, DESCRIPTOR)).readUInt8(9));
      at = await endOfBlocks(source, at + DESCRIPTOR + table + 1);
      kept.range(start, at);
    } else if (kind === EXTENSION) {
      const label = await source.byte(at + 1);
      at = await endOfBlocks(source, at + 2);
      if (label === CONTROL || (label === APPLICATION && (await repeats(source, start + 2, at)))) {
        kept.range(start, at);
      }
    } else {
      throw new Damaged("a block is of no known kind");
    }
  }
}

/** Bytes of a colour table, by the flags in front of it. */
const colours = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** The position behind data blocks, each with its length in front, and the empty one at their end. */
async function endOfBlocks(source: Source, from: number): Promise<number> {
  for (let at = from; ; ) {
    const length = await source.byte(at);
    at += length + 1;
    if (length === 0) return at;
  }
}

async function repeats(source: Source, from: number, to: number): Promise<boolean> {
  if (to - from !== REPEAT_LENGTH) return false;
  const start = (await source.read(from, REPEAT_LENGTH)).toString("latin1", 0, 14);
  return REPEATS.includes(start);
}
