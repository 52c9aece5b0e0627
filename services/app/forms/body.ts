import { HTTPException } from "hono/http-exception";

/** An error whose page shows the message. */
export const refused = (status: 400 | 403 | 409 | 413 | 415 | 426 | 503, message: string) =>
  new HTTPException(status, { message });

/** In bytes, without a picture. */
export const LARGEST_FORM = 64 * 1024;

/** The content type of a form without a file. */
export const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Reads the fields of a posted form. Invalid text is refused, not repaired.
 * @throws HTTPException 415 (another content type), 413 (over 64 KB), 400 (not UTF-8, or a NUL)
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const body = await readText(request, FORM, "application/x-www-form-urlencoded");
  try {
    // URLSearchParams would replace an escape that is not UTF-8 by U+FFFD.
    decodeURIComponent(body);
  } catch {
    throw notUtf8();
  }
  const fields = new URLSearchParams(body);
  for (const word of [...fields].flat()) refuseNul(word);
  return fields;
}

/** Reads a JSON body, with the same checks. @throws HTTPException 415, 413, 400 */
export async function readJson(request: Request): Promise<unknown> {
  const body = await readText(request, JSON_TYPE, "application/json");
  try {
    return JSON.parse(body, (_key, value: unknown) => {
      if (typeof value === "string") refuseBroken(value);
      return value;
    });
  } catch (error) {
    if (error instanceof HTTPException) throw error;
    throw refused(400, "The body is not valid JSON.");
  }
}

async function readText(request: Request, type: RegExp, name: string): Promise<string> {
  if (!type.test(request.headers.get("content-type") ?? "")) {
    throw refused(415, `Send ${name}.`);
  }
  // Refused unread, so that the gateway can discard the whole body.
  if (Number(request.headers.get("content-length")) > LARGEST_FORM) throw tooLarge();
  return decode(await collect(request.body ?? [], LARGEST_FORM));
}

/** Reads a stream up to a limit in bytes. @throws HTTPException 413 */
export async function collect(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws HTTPException 400 for bytes that are not UTF-8 */
export function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8();
  }
}

/** Postgres cannot store a NUL. @throws HTTPException 400 */
export function refuseNul(word: string): void {
  if (word.includes("\0")) throw refused(400, "The form contains a NUL character.");
}

/** JSON can hold half of a surrogate pair, which UTF-8 cannot. @throws HTTPException 400 */
function refuseBroken(word: string): void {
  refuseNul(word);
  if (!word.isWellFormed()) throw refused(400, "The body is not valid Unicode.");
}

const notUtf8 = () => refused(400, "The form is not valid UTF-8.");
const tooLarge = () => refused(413, `A form can have up to ${LARGEST_FORM / 1024} KB.`);
