const ORIENTATION = 0x0112;
const SHORT = 3;
/** Bytes of an entry of a directory. */
const ENTRY = 12;

/**
 * The orientation (1 to 8) that Exif data gives a picture, 1 where it gives none.
 * @param tiff the data behind "Exif\0\0": a TIFF file (Exif 2.32, 4.5)
 */
export function orientationOf(tiff: Buffer): number {
  const order = tiff.toString("latin1", 0, 2);
  if (tiff.length < 8 || (order !== "II" && order !== "MM")) return 1;
  const short = (at: number) => (order === "II" ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = order === "II" ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return 1;
  const entries = Math.min(short(directory), Math.floor((tiff.length - directory - 2) / ENTRY));
  for (let index = 0; index < entries; index += 1) {
    const entry = directory + 2 + index * ENTRY;
    if (short(entry) !== ORIENTATION || short(entry + 2) !== SHORT) continue;
    const value = short(entry + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** A JPEG segment whose Exif data has nothing but an orientation; undefined for 1, the default. */
export function orientationSegment(orientation: number): Buffer | undefined {
  if (orientation === 1) return undefined;
  const segment = Buffer.from(
    "ffe10022457869660000" + "4d4d002a00000008" + "0001" + "011200030000000100000000" + "00000000",
    "hex",
  );
  segment.writeUInt16BE(orientation, 28);
  return segment;
}
