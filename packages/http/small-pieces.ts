import type { Readable } from "node:stream";

/** Bytes; a piece of a body costs about 200 more in memory, however small it is. */
const SMALL = 1024;

/**
 * Joins the small pieces of a body before its stream keeps them: of a client that sends one byte in
 * each chunk or frame, the pieces that wait would take a hundred times the memory of their bytes. A
 * reader still gets at once what was received; pieces wait for others only while there is no reader.
 */
export function joinSmallPieces(body: Readable): void {
  const push = body.push.bind(body);
  const read = body.read.bind(body);
  let joined = Buffer.alloc(0);
  let length = 0;
  let scheduled = false;

  const flush = () => {
    if (length === 0 || body.destroyed) return true;
    const piece = joined.subarray(0, length);
    joined = Buffer.alloc(0);
    length = 0;
    return push(piece);
  };
  const flushSoon = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  };

  body.push = (piece: Buffer | null) => {
    if (piece === null || length + piece.length > SMALL) flush();
    if (piece === null || piece.length >= SMALL) return push(piece);
    if (joined.length === 0) joined = Buffer.allocUnsafeSlow(SMALL);
    length += piece.copy(joined, length);
    if (body.readableFlowing === true || body.listenerCount("readable") > 0) flushSoon();
    return body.readableLength < body.readableHighWaterMark;
  };
  // Streams call it with 0 to see whether there is more, without a reader.
  body.read = (size?: number) => {
    if (size !== 0) flush();
    return read(size);
  };
  body.on("newListener", (event) => {
    if (event === "readable") flushSoon();
  });
}
