import type { ServerResponse } from "node:http";
import { hostname } from "node:os";
import type { Sighting } from "./sighting.ts";

let made = 0;

/**
 * An answer whose caching its query decides: cc is Cache-Control, vary, etag, cookie; ms is how long
 * it takes to make; fail-from is the time, in milliseconds since the epoch, from which it is a 500. The body is a new number.
 */
export function cached(response: ServerResponse, { target, rawHeaders }: Sighting): void {
  const query = new URL(target, "http://witness").searchParams;
  const etag = query.get("etag");
  const fields: Record<string, string> = {};
  for (const [field, word] of FIELDS) {
    const value = query.get(word);
    if (value !== null) fields[field] = value;
  }
  setTimeout(
    () => {
      if (Date.now() > Number(query.get("fail-from") ?? Number.POSITIVE_INFINITY)) {
        response.writeHead(500).end("failed");
      } else if (etag !== null && fieldOf(rawHeaders, "if-none-match") === etag) {
        response.writeHead(304, fields).end();
      } else {
        made += 1;
        response.writeHead(200, fields).end(`made ${made} at ${hostname()}`);
      }
    },
    Number(query.get("ms") ?? 0),
  );
}

const FIELDS = [
  ["Cache-Control", "cc"],
  ["Vary", "vary"],
  ["ETag", "etag"],
  ["Set-Cookie", "cookie"],
  ["X-Request-ID", "id"],
] as const;

function fieldOf(rawHeaders: readonly string[], name: string): string | undefined {
  const at = rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return rawHeaders[at + 1];
}
