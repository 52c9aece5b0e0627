import { HTTPException } from "hono/http-exception";

const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;
/** No form of this site comes near it. */
const LARGEST_FORM = 64 * 1024;

/**
 * The fields of a posted form, strictly read: broken text is refused rather than repaired.
 * @throws HTTPException 415 (another content type), 413 (over 64 KB), 400 (not UTF-8, or a NUL)
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!FORM.test(request.headers.get("content-type") ?? "")) {
    throw new HTTPException(415, { message: "Send application/x-www-form-urlencoded." });
  }
  const body = decode(await read(request));
  const fields = new URLSearchParams(body);
  if ([...fields].flat().some((word) => word.includes("\0"))) {
    throw new HTTPException(400, { message: "The form contains a NUL character." });
  }
  return fields;
}

async function read(request: Request): Promise<Buffer> {
  // A body that tells its size is refused unread, so that the gateway can discard it as a whole.
  if (Number(request.headers.get("content-length")) > LARGEST_FORM) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_FORM) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): HTTPException {
  return new HTTPException(413, { message: "A form may have 64 KB." });
}

/** URLSearchParams alone would silently put U+FFFD in place of what is not UTF-8. */
function decode(bytes: Buffer): string {
  try {
    const body = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    decodeURIComponent(body);
    return body;
  } catch {
    throw new HTTPException(400, { message: "The form is not valid UTF-8." });
  }
}
