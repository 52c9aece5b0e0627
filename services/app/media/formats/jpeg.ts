import { orientationOf, orientationSegment } from "./exif.ts";
import { Damaged, Kept, type Source } from "./source.ts";

/** ISO 10918-1, table B.1. */
const [SOI, EOI, SOS, APP0, APP1, APP2, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xe2, 0xee];
const MARKER = 0xff;
/** Of the JFIF header (ISO 10918-5) without its thumbnail, and of Adobe's, with their length. */
const [JFIF_LENGTH, ADOBE_LENGTH] = [16, 14];
const ICC = "ICC_PROFILE\0";

/**
 * Keeps what a decoder needs: frames, tables, scans, the colour profile. Of all else (Exif, XMP, IPTC,
 * comments, thumbnails, further pictures and films behind the end) only the orientation stays.
 * @throws Damaged
 */
export async function keptOfJpeg(source: Source): Promise<Kept> {
  const [head, picture] = [new Kept(), new Kept()];
  head.range(0, 2);
  let orientation: Buffer | undefined;
  for (let at = 2; ; ) {
    const { code, start } = await markerAt(source, at);
    if (code === EOI) {
      picture.bytes(Buffer.from([MARKER, EOI]));
      break;
    }
    const length = (await source.read(start + 2, 2)).readUInt16BE();
    if (length < 2) throw new Damaged("a segment has an impossible length");
    const segment = await source.read(start, length + 2);
    at = start + length + 2;
    if (code === APP0 && hasName(segment, "JFIF\0") && length >= JFIF_LENGTH) {
      head.bytes(withoutThumbnail(segment));
    } else if (code === APP1 && hasName(segment, "Exif\0\0")) {
      orientation ??= orientationSegment(orientationOf(segment.subarray(10)));
    } else if (code === APP14 && hasName(segment, "Adobe") && length >= ADOBE_LENGTH) {
      picture.bytes(shortened(segment, ADOBE_LENGTH));
    } else if (isOfPicture(code) || (code === APP2 && hasName(segment, ICC))) {
      const end = code === SOS ? await source.find(MARKER, at, endsScan) : at;
      picture.range(start, end);
      at = end;
    }
  }
  if (orientation !== undefined) head.bytes(orientation);
  head.append(picture);
  return head;
}

/** The marker at a position; any number of fill bytes may stand in front (B.1.1.2). */
async function markerAt(source: Source, at: number) {
  let position = at;
  if ((await source.byte(position)) !== MARKER) throw new Damaged("a marker is missing");
  while ((await source.byte(position + 1)) === MARKER) position += 1;
  return { code: await source.byte(position + 1), start: position };
}

/** Frames, tables and scans. @throws Damaged for a marker without a segment, which only scans have */
function isOfPicture(code: number): boolean {
  if (code <= 0x01 || (code >= 0xd0 && code <= SOI)) throw new Damaged("a marker is misplaced");
  return (code >= 0xc0 && code <= 0xcf && code !== 0xc8) || (code >= SOS && code <= 0xdf);
}

/** The first marker behind coded data: not a stuffed zero, a restart (B.1.1.5) or a fill byte. */
const endsScan = (follower: number): boolean =>
  follower !== MARKER && follower !== 0 && (follower < 0xd0 || follower > 0xd7);

const hasName = (segment: Buffer, name: string): boolean =>
  segment.toString("latin1", 4, 4 + name.length) === name;

function withoutThumbnail(segment: Buffer): Buffer {
  const header = shortened(segment, JFIF_LENGTH);
  header.fill(0, JFIF_LENGTH);
  return header;
}

function shortened(segment: Buffer, length: number): Buffer {
  const copy = Buffer.from(segment.subarray(0, length + 2));
  copy.writeUInt16BE(length, 2);
  return copy;
}
