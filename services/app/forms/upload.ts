import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Busboy, type BusboyFileStream } from "@fastify/busboy";
import { HTTPException } from "hono/http-exception";
import { BadPicture, type PictureStore } from "../media/picture-store.ts";
import { collect, decode, FORM, LARGEST_FORM, readForm, refused, refuseNul } from "./body.ts";

const LIMITS = { parts: 20, headerPairs: 20 };
/** A body that is this many times larger than the limit is refused unread, by its Content-Length. */
const FAR_TOO_LARGE = 8;

export interface Upload {
  readonly fields: URLSearchParams;
  /** The stored picture's name, or the reason why it is refused; undefined: no picture. */
  picture: string | BadPicture | undefined;
}

/** Where a picture goes. */
export type PictureTarget = Pick<PictureStore, "save" | "remove">;

/**
 * Reads a form with a picture (RFC 7578). The picture is written to the disk while it is received.
 * @param store undefined: the visitor may not upload, the picture is discarded
 * @param limit the largest picture, in bytes
 * @throws HTTPException 415, 413, 400; a picture that is already stored is removed
 */
export async function readUpload(
  request: Request,
  store: PictureTarget | undefined,
  limit: number,
): Promise<Upload> {
  const type = request.headers.get("content-type") ?? "";
  if (FORM.test(type)) return { fields: await readForm(request), picture: undefined };
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(type)) {
    throw refused(415, "Send multipart/form-data.");
  }
  if (Number(request.headers.get("content-length")) > FAR_TOO_LARGE * limit) {
    throw refused(413, "The file is far too large.");
  }
  const upload: Upload = { fields: new URLSearchParams(), picture: undefined };
  try {
    await readParts(request, type, upload, store);
    return upload;
  } catch (error) {
    if (typeof upload.picture === "string") await store?.remove(upload.picture);
    if (error instanceof HTTPException) throw error;
    throw new HTTPException(400, { message: "The form is incomplete.", cause: error });
  }
}

async function readParts(
  request: Request,
  type: string,
  upload: Upload,
  store: PictureTarget | undefined,
): Promise<void> {
  const streams: BusboyFileStream[] = [];
  const parts: Promise<void>[] = [];
  const take = async (name: string, stream: BusboyFileStream, filename: string | undefined) => {
    if (filename === undefined) {
      const value = decode(await collect(bytesOf(stream), LARGEST_FORM));
      refuseNul(name + value);
      upload.fields.append(decode(Buffer.from(name)), value);
      return;
    }
    // A browser sends an empty file name if no file was chosen.
    if (filename === "" || upload.picture !== undefined || store === undefined) {
      stream.resume();
      return;
    }
    try {
      upload.picture = await store.save(bytesOf(stream));
    } catch (error) {
      if (!(error instanceof BadPicture)) throw error;
      upload.picture = error;
    }
  };
  const parser = new Busboy({
    headers: { "content-type": type },
    limits: LIMITS,
    // Every part as bytes: the parser would repair invalid text.
    isPartAFile: () => true,
  });
  parser.on("file", (name: string, stream: BusboyFileStream, filename?: string) => {
    streams.push(stream);
    // An error before the first read would end the process.
    stream.on("error", () => {});
    const part = take(name, stream, filename);
    // After a failure the rest of the body must still be read.
    part.catch(() => stream.resume());
    parts.push(part);
  });
  const body = Readable.fromWeb((request.body ?? new Blob([]).stream()) as ReadableStream);
  const arrival = pipeline(body, parser).catch((error: Error) => {
    // Ends the parts that wait for more data.
    for (const stream of streams) stream.destroy(error);
    throw error;
  });
  const [whole] = await Promise.allSettled([arrival]);
  for (const outcome of [...(await Promise.allSettled(parts)), whole]) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

/** Reading may stop early; the rest of the part is then discarded, and the next part is read. */
const bytesOf = (stream: BusboyFileStream): AsyncIterable<Buffer> =>
  stream.iterator({ destroyOnReturn: false });
