import type { Http2ServerRequest } from "node:http2";
import type { Readable } from "node:stream";

/**
 * Waits for a body that comes in: until all of it has come, or as much as its stream holds, which is
 * 16 KiB over HTTP/1.1 and 64 KiB over HTTP/2; or until it broke off. Nothing is taken from it. So a
 * client that hardly sends waits here, and not on a connection to a gateway that others need.
 */
export function gathered(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    // Not by 'readable': over HTTP/2 it is emitted without end as long as nobody reads.
    const push = body.push.bind(body);
    body.push = (piece: unknown, encoding?: BufferEncoding) => {
      const more = push(piece, encoding);
      if (piece === null || isFull(body)) resolve();
      return more;
    };
    body
      .once("error", () => resolve())
      .once("aborted", resolve)
      .once("close", resolve);
    if (isWhole(body) || body.destroyed || isFull(body)) resolve();
    // Node's HTTP/2 begins to hand a body on when it is first asked for.
    else if (isHttp2(body)) body.read(0);
  });
}

function isFull(body: Readable): boolean {
  return body.readableLength >= body.readableHighWaterMark;
}

function isWhole(body: Readable): boolean {
  return isHttp2(body) ? body.stream.readableEnded : "complete" in body && body.complete === true;
}

function isHttp2(body: Readable): body is Http2ServerRequest {
  return "stream" in body;
}
