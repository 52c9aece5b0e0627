import { keptOfGif } from "./formats/gif.ts";
import { keptOfJpeg } from "./formats/jpeg.ts";
import { keptOfPng } from "./formats/png.ts";
import type { Kept, Source } from "./formats/source.ts";
import { keptOfWebp } from "./formats/webp.ts";

/** A kind of picture that every browser shows. Not SVG: it can hold scripts. */
export interface PictureFormat {
  readonly type: string;
  readonly extension: string;
  /** @param head in Latin-1: one character per byte */
  readonly begins: (head: string) => boolean;
  /**
   * Reads the container, without decoding the picture. What is kept has no metadata: where and when
   * a picture was taken, with which device, and by whom, is not for its readers.
   * @throws Damaged for a file that is not whole, or not of this format
   */
  readonly kept: (source: Source) => Promise<Kept>;
}

/** The first bytes that `begins` needs. */
export const HEAD = 16;

/** By their first bytes: the type that the browser sends, and the file's name, can be wrong. */
export const formats: readonly PictureFormat[] = [
  {
    type: "image/jpeg",
    extension: "jpg",
    begins: (head) => head.startsWith("\xff\xd8\xff"),
    kept: keptOfJpeg,
  },
  {
    type: "image/png",
    extension: "png",
    begins: (head) => head.startsWith("\x89PNG\r\n\x1a\n"),
    kept: keptOfPng,
  },
  {
    type: "image/gif",
    extension: "gif",
    begins: (head) => head.startsWith("GIF87a") || head.startsWith("GIF89a"),
    kept: keptOfGif,
  },
  {
    type: "image/webp",
    extension: "webp",
    begins: (head) => head.startsWith("RIFF") && head.startsWith("WEBP", 8),
    kept: keptOfWebp,
  },
];
