import { extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";

export interface Compression {
  /** What the file's name ends with beside the original: ".br". */
  readonly suffix: string;
  readonly content: Buffer;
}

/** Pictures, fonts for the web and archives are compressed already. */
const COMPRESSIBLE = [".css", ".html", ".js", ".json", ".mjs", ".svg", ".ttf", ".txt", ".xml"];

/** As small as each can make it: it is done once a release, and served a million times. */
const forms: Readonly<Record<string, (content: Buffer) => Promise<Buffer>>> = {
  ".br": (content) =>
    promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
  ".zst": (content) =>
    promisify(zstdCompress)(content, {
      params: { [constants.ZSTD_c_compressionLevel]: 19 },
      // Not told the size, each of them takes 90 MB at this level, whatever the file.
      pledgedSrcSize: content.length,
    }),
  ".gz": (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

/** The compressed forms of a file that are smaller than itself, by the suffix of their names. */
export async function compressions(name: string, content: Buffer): Promise<Compression[]> {
  if (!COMPRESSIBLE.includes(extname(name))) return [];
  const all = Object.entries(forms).map(async ([suffix, compress]) => ({
    suffix,
    content: await compress(content),
  }));
  return (await Promise.all(all)).filter((form) => form.content.length < content.length);
}
