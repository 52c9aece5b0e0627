import { lookup } from "mrmime";

/** What a browser reads as text: without a charset it would guess one. */
const TEXTUAL = /^text\/|^application\/xml$|\+xml$/;

/** The media type that a file's name tells. */
export function contentType(name: string): string {
  const type = lookup(name) ?? "application/octet-stream";
  return TEXTUAL.test(type) ? `${type}; charset=utf-8` : type;
}
