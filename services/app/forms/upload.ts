import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Busboy, type BusboyFileStream } from "@fastify/busboy";
import { HTTPException } from "hono/http-exception";
import { BadPicture, type PictureStore } from "../media/picture-store.ts";
import { collect, decode, FORM, LARGEST_FORM, readForm, refuseNul } from "./body.ts";

/** More parts than any form of this site has. */
const LIMITS = { parts: 20, headerPairs: 20 };
/** A body so much larger than a picture may be is refused unread, by its Content-Length. */
const HOPELESS = 8;

/** A form that may carry a picture. */
export interface Upload {
  readonly fields: URLSearchParams;
  /** The stored picture's name; what is wrong with it; undefined: no picture was chosen. */
  readonly picture: string | BadPicture | undefined;
}

/**
 * Reads a form with a picture (RFC 7578), which goes to the disk while it comes in.
 * @param store undefined: nobody may upload here, the picture is read and thrown away
 * @throws HTTPException 415, 413, 400; a picture that was stored by then is removed
 */
export async function readUpload(
  request: Request,
  store: PictureStore | undefined,
  limit: number,
): Promise<Upload> {
  const type = request.headers.get("content-type") ?? "";
  if (FORM.test(type)) return { fields: await readForm(request), picture: undefined };
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(type)) {
    throw new HTTPException(415, { message: "Send multipart/form-data." });
  }
  if (Number(request.headers.get("content-length")) > HOPELESS * limit) {
    throw new HTTPException(413, { message: "This file is far too large." });
  }
  const form = new FormParts(store);
  try {
    await form.read(request, type);
    return { fields: form.fields, picture: form.picture };
  } catch (error) {
    if (typeof form.picture === "string") await store?.remove(form.picture);
    if (error instanceof HTTPException) throw error;
    throw new HTTPException(400, { message: "The form has not arrived as a whole.", cause: error });
  }
}

class FormParts {
  readonly fields = new URLSearchParams();
  picture: Upload["picture"];
  readonly #store: PictureStore | undefined;

  constructor(store: PictureStore | undefined) {
    this.#store = store;
  }

  async read(request: Request, type: string): Promise<void> {
    const streams: BusboyFileStream[] = [];
    const parts: Promise<void>[] = [];
    // Every part as its bytes: the parser's own decoding would repair broken text.
    const parser = new Busboy({
      headers: { "content-type": type },
      limits: LIMITS,
      isPartAFile: () => true,
    });
    parser.on("file", (name: string, stream: BusboyFileStream, filename?: string) => {
      streams.push(stream);
      // It may fail before anybody reads it; then nobody else would hear of it, and the process end.
      stream.on("error", () => {});
      const part = this.#take(name, stream, filename);
      // Whoever failed leaves the rest of the body to be read.
      part.catch(() => stream.resume());
      parts.push(part);
    });
    const body = Readable.fromWeb((request.body ?? new Blob([]).stream()) as ReadableStream);
    const arrival = pipeline(body, parser).catch((error: Error) => {
      // A part that will never end must not be waited for.
      for (const stream of streams) stream.destroy(error);
      throw error;
    });
    const [whole] = await Promise.allSettled([arrival]);
    for (const outcome of [...(await Promise.allSettled(parts)), whole]) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  async #take(name: string, stream: BusboyFileStream, filename: string | undefined): Promise<void> {
    if (filename === undefined) {
      const value = decode(await collect(bytesOf(stream), LARGEST_FORM));
      refuseNul(name + value);
      this.fields.append(decode(Buffer.from(name)), value);
      return;
    }
    // A browser sends a file without a name where none was chosen.
    if (filename === "" || this.picture !== undefined || this.#store === undefined) {
      stream.resume();
      return;
    }
    try {
      this.picture = await this.#store.save(bytesOf(stream));
    } catch (error) {
      if (!(error instanceof BadPicture)) throw error;
      this.picture = error;
    }
  }
}

/** A part whose reader may stop: what is left of it is then thrown away, and the next part read. */
const bytesOf = (stream: BusboyFileStream): AsyncIterable<Buffer> =>
  stream.iterator({ destroyOnReturn: false });
