import { HTTPException } from "hono/http-exception";

/** No form of this site comes near it, pictures aside. */
export const LARGEST_FORM = 64 * 1024;

/** The content type of a form without a file. */
export const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/**
 * The fields of a posted form, strictly read: broken text is refused rather than repaired.
 * @throws HTTPException 415 (another content type), 413 (over 64 KB), 400 (not UTF-8, or a NUL)
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!FORM.test(request.headers.get("content-type") ?? "")) {
    throw new HTTPException(415, { message: "Send application/x-www-form-urlencoded." });
  }
  const body = decode(await readBytes(request, LARGEST_FORM));
  const fields = new URLSearchParams(wellEscaped(body));
  for (const word of [...fields].flat()) refuseNul(word);
  return fields;
}

/**
 * A JSON body, as strictly.
 * @throws HTTPException 415, 413, 400
 */
export async function readJson(request: Request): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new HTTPException(415, { message: "Send application/json." });
  }
  const body = decode(await readBytes(request, LARGEST_FORM));
  try {
    return JSON.parse(body, (_key, value: unknown) => {
      if (typeof value === "string") refuseBroken(value);
      return value;
    });
  } catch (error) {
    if (error instanceof HTTPException) throw error;
    throw new HTTPException(400, { message: "The body is not JSON." });
  }
}

/** @throws HTTPException 413 */
async function readBytes(request: Request, limit: number): Promise<Buffer> {
  // A body that tells its size is refused unread, so that the gateway can discard it as a whole.
  if (Number(request.headers.get("content-length")) > limit) throw tooLarge();
  return collect(request.body ?? [], limit);
}

/** Gathers what may not be longer than a limit. @throws HTTPException 413 */
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

/** @throws HTTPException 400 for what is not UTF-8, rather than putting U+FFFD in its place */
export function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8();
  }
}

/** Postgres has no place for a NUL. @throws HTTPException 400 */
export function refuseNul(word: string): void {
  if (word.includes("\0")) {
    throw new HTTPException(400, { message: "The form contains a NUL character." });
  }
}

/** JSON can hold half of a surrogate pair, which nobody can store. @throws HTTPException 400 */
function refuseBroken(word: string): void {
  refuseNul(word);
  if (!word.isWellFormed()) {
    throw new HTTPException(400, { message: "The body is not valid Unicode." });
  }
}

/** URLSearchParams would silently put U+FFFD in place of an escape that is not UTF-8. */
function wellEscaped(body: string): string {
  try {
    decodeURIComponent(body);
    return body;
  } catch {
    throw notUtf8();
  }
}

const notUtf8 = () => new HTTPException(400, { message: "The form is not valid UTF-8." });
const tooLarge = () =>
  new HTTPException(413, { message: `A form may have ${LARGEST_FORM / 1024} KB.` });
