import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const { MEDIA_DIRECTORY = "/srv/media", MEDIA_REDIRECT = "" } = process.env;

export const LARGEST = 5 * 1024 * 1024;

/** What a file begins with says more than its name. */
const KINDS = [
  { kind: "png", begins: [0x89, 0x50, 0x4e, 0x47] },
  { kind: "jpg", begins: [0xff, 0xd8, 0xff] },
  { kind: "gif", begins: [0x47, 0x49, 0x46, 0x38] },
] as const;

/** Keeps a picture. @returns its name; undefined if it is no picture that a browser shows, or too large */
export async function keepPicture(content: Uint8Array): Promise<string | undefined> {
  const found = KINDS.find(({ begins }) => begins.every((byte, at) => content[at] === byte));
  if (found === undefined || content.length > LARGEST) return undefined;
  const name = `${randomUUID()}.${found.kind}`;
  await mkdir(MEDIA_DIRECTORY, { recursive: true });
  await writeFile(join(MEDIA_DIRECTORY, name), content);
  return name;
}

/**
 * The fields of a response for which the web server sends the picture itself: no worker is busy with it. It sends
 * nothing of the uploads that the application has not allowed like this.
 */
export function pictureFields(name: string): Record<string, string> | undefined {
  if (!/^[\w-]+\.(png|jpg|gif)$/.test(name)) return undefined;
  return {
    "x-accel-redirect": `${MEDIA_REDIRECT}${name}`,
    "cache-control": "public, max-age=31536000, immutable",
  };
}
