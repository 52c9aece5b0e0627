import { Damaged, Kept, type Source } from "./source.ts";

/** RFC 9649: "RIFF", the size, "WEBP"; then chunks of a name, a size and their content. */
const HEADER = 12;
const FRAME = 8;
/** Of an animation's frame, in front of its own chunks (RFC 9649, 2.7.1.1). */
const FRAME_HEADER = 16;
const OF_PICTURE: ReadonlySet<string> = new Set("VP8 ,VP8L,ALPH,ANIM,ICCP".split(","));
/** The bits of VP8X that announce Exif and XMP. */
const METADATA = 0x0c;
/** In bytes. */
const EXTENDED = 10;

/** Keeps the pictures, their animation and the colour profile; not Exif, XMP and unknown chunks. */
export async function keptOfWebp(source: Source): Promise<Kept> {
  const header = await source.read(0, HEADER);
  const end = header.readUInt32LE(4) + FRAME;
  if (end < HEADER || end > source.size) throw new Damaged("the file ends too early");
  const chunks = await keptChunks(source, HEADER, end, true);
  const kept = new Kept();
  const made = Buffer.from(header);
  made.writeUInt32LE(chunks.length + HEADER - FRAME, 4);
  kept.bytes(made);
  kept.append(chunks);
  return kept;
}

/** @param outer whether these are the file's own chunks, not those of a frame */
async function keptChunks(
  source: Source,
  from: number,
  end: number,
  outer: boolean,
): Promise<Kept> {
  const kept = new Kept();
  for (let at = from; at + FRAME <= end; ) {
    const chunk = await source.read(at, FRAME);
    const name = chunk.toString("latin1", 0, 4);
    const size = chunk.readUInt32LE(4);
    const content = at + FRAME;
    if (content + size > end) throw new Damaged("a chunk is too long");
    if (outer && name === "VP8X" && size >= EXTENDED) {
      const made = Buffer.from(await source.read(at, FRAME + EXTENDED));
      made.writeUInt32LE(EXTENDED, 4);
      made.writeUInt8(made.readUInt8(FRAME) & ~METADATA, FRAME);
      kept.bytes(made);
    } else if (outer && name === "ANMF" && size >= FRAME_HEADER) {
      const inner = await keptChunks(source, content + FRAME_HEADER, content + size, false);
      const made = Buffer.from(await source.read(at, FRAME + FRAME_HEADER));
      made.writeUInt32LE(FRAME_HEADER + inner.length, 4);
      kept.bytes(made);
      kept.append(inner);
    } else if (OF_PICTURE.has(name)) {
      kept.range(at, content + size);
      if (size % 2 === 1) kept.bytes(Buffer.alloc(1));
    }
    at = content + size + (size % 2);
  }
  return kept;
}
