/**
 * Middleware that adds a banner to every HTML page while it streams: no piece is held back. BANNER is
 * its text.
 */
import { pipeline, Readable } from "node:stream";
import { RewritingStream } from "parse5-html-rewriting-stream";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const text = (process.env.BANNER ?? "A replica of production").replace(
  /[&<>]/g,
  (c) => escapes[c] ?? c,
);

/** They speak of the page without the banner. */
const OUTDATED = ["content-length", "etag", "accept-ranges", "content-md5", "digest"];

export default async function banner(
  _request: Request,
  next: () => Promise<Response>,
): Promise<Response> {
  const response = await next();
  const { body, status, statusText } = response;
  if (body === null || !isPlainHtml(response)) return response;
  const headers = new Headers(response.headers);
  for (const name of OUTDATED) headers.delete(name);
  headers.set("Content-Type", "text/html; charset=utf-8");
  return new Response(withBanner(body, charset(response)), { status, statusText, headers });
}

function withBanner(
  page: ReadableStream<Uint8Array>,
  encoding: string,
): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  async function* decode(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  }
  const rewriter = new RewritingStream().on("startTag", (tag, raw) => {
    rewriter.emitRaw(raw);
    if (tag.tagName === "body") rewriter.emitRaw(`<div role="note">${text}</div>`);
  });
  // An error of the page ends the rewriter, and with it the response.
  pipeline(Readable.fromWeb(page), decode, rewriter, () => undefined);
  return ReadableStream.from(rewriter).pipeThrough(new TextEncoderStream());
}

const type = (response: Response) => response.headers.get("Content-Type") ?? "";

/** A part of a page, or a compressed one, cannot be read as HTML. */
function isPlainHtml(response: Response): boolean {
  const { status, headers } = response;
  return (
    status !== 206 && !headers.has("Content-Encoding") && /^text\/html\b/i.test(type(response))
  );
}

function charset(response: Response): string {
  return /;\s*charset="?([^";\s]+)/i.exec(type(response))?.[1] ?? "utf-8";
}
