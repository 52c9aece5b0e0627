import { crc32, deflateSync } from "node:zlib";

const WIDTH = 640;
const HEIGHT = 400;
/** Bit depth 8, colour type 2 (RGB), no interlace (ISO 15948, 11.2.2). */
const FORMAT = Buffer.from([8, 2, 0, 0, 0]);
const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

/** Draws a landscape in one hue (degrees), 640 x 400, as a PNG. */
export function landscape(hue: number): Buffer {
  const hills = [2, 1, 0].map((range) => ({
    color: rgb(hue, 0.38, 0.62 - 0.17 * range),
    crest: Array.from(
      { length: WIDTH },
      (_, x) =>
        190 +
        55 * range +
        34 * Math.sin((x / WIDTH) * (5 + range) + hue + range * 2.1) -
        14 * Math.cos((x / WIDTH) * 13 + range),
    ),
  }));
  const sun = rgb(hue + 40, 0.85, 0.86);
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const sky = rgb(hue, 0.45, 0.9 - 0.12 * (1 - y / HEIGHT));
    const row = Buffer.alloc(1 + 3 * WIDTH);
    for (let x = 0; x < WIDTH; x += 1) {
      const hill = hills.find(({ crest }) => y > (crest[x] ?? HEIGHT));
      const isSun = Math.hypot(x - 480, y - 110) < 46;
      row.set(hill?.color ?? (isSun ? sun : sky), 1 + 3 * x);
    }
    return row;
  });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", Buffer.concat([uint32(WIDTH), uint32(HEIGHT), FORMAT])),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** CSS Color 4, section 7.1: hue in degrees, saturation and lightness from 0 to 1. */
function rgb(hue: number, saturation: number, lightness: number): number[] {
  return [0, 8, 4].map((offset) => {
    const k = (offset + hue / 30) % 12;
    const chroma = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
