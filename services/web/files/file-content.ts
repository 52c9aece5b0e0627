import type { Exchange } from "../exchange/exchange.ts";
import type { ByteRange } from "./byte-range.ts";
import type { Representation } from "./representation.ts";
import type { StoredFile } from "./stored-file.ts";

/**
 * The bytes that are handed over at once. What the client takes is seen piece by piece, so that a
 * larger one would hide the progress of a slow but honest client.
 */
const PIECE = 64 * 1024;
/** The same from the disk: what a client that does not read holds of the edge's memory. */
const READ = 32 * 1024;

/** Sends a head and the bytes of `part`; HEAD gets the head alone. */
export function sendContent(
  exchange: Exchange,
  status: number,
  fields: readonly string[],
  timing: string,
  file: StoredFile,
  representation: Representation,
  part: ByteRange,
): void | Promise<void> {
  const { content } = representation;
  const length = part.last - part.first + 1;
  if (exchange.method === "HEAD") {
    exchange.head(status, fields, timing);
    exchange.end([]);
  } else if (content === undefined) {
    exchange.head(status, fields, timing);
    const read = (at: number, size: number) => representation.read(at, Math.min(size, READ));
    return file.using(() => stream(exchange, part, read));
  } else if (length <= PIECE && timing === "") {
    const whole = length === content.length;
    exchange.respond(status, fields, whole ? content : content.subarray(part.first, part.last + 1));
  } else {
    exchange.head(status, fields, timing);
    return stream(exchange, part, async (at, size) => content.subarray(at, at + size));
  }
}

/** Hands over piece by piece as the client takes them. */
async function stream(
  exchange: Exchange,
  { first, last }: ByteRange,
  read: (position: number, length: number) => Promise<Buffer>,
): Promise<void> {
  await exchange.turn();
  for (let position = first; position <= last; ) {
    const piece = await read(position, Math.min(PIECE, last + 1 - position));
    if (exchange.closed) return;
    position += piece.length;
    if (!exchange.data(piece) && position <= last) await exchange.drained();
  }
  exchange.end([]);
}
