import { Damaged, Kept, type Source } from "./source.ts";

const SIGNATURE = 8;
/** The length and the type of a chunk, and its checksum. */
const FRAME = 12;
const LONGEST = 2 ** 31 - 1;

/** What a decoder needs (PNG, third edition, 11): pixels, colours, animation. Not text, time or Exif. */
const OF_PICTURE: ReadonlySet<string> = new Set(
  `IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT
   acTL fcTL fdAT`.split(/\s+/),
);

/** @throws Damaged */
export async function keptOfPng(source: Source): Promise<Kept> {
  const kept = new Kept();
  kept.range(0, SIGNATURE);
  for (let at = SIGNATURE; ; ) {
    const header = await source.read(at, 8);
    const length = header.readUInt32BE();
    const type = header.toString("latin1", 4);
    const end = at + FRAME + length;
    if (length > LONGEST || end > source.size) throw new Damaged("a chunk is too long");
    if (at === SIGNATURE && type !== "IHDR") throw new Damaged("the first chunk is not IHDR");
    // An empty chunk says nothing, whatever its type.
    if (OF_PICTURE.has(type) || length === 0) kept.range(at, end);
    if (type === "IEND") return kept;
    at = end;
  }
}
