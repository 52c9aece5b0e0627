import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { FastResponse } from "srvx/node";
import type { RequestListener } from "./application.ts";
import { ResponseWire } from "./response-wire.ts";

/** Statuses that a Response refuses a body for. */
const BODILESS = new Set([204, 205, 304]);

/**
 * Asks a Node listener and gives its answer as a Response, of which the body flows as fast as it
 * is read. (srvx's fetchNodeHandler writes past the middleware to the real response, or, with a
 * request of its own making, buffers without bound.)
 * @param outgoing the real response: its end ends the captured one
 * @throws what the listener threw before it gave a head
 */
export async function captureResponse(
  listener: RequestListener,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const captured = new ServerResponse(incoming);
  const wire = new ResponseWire({
    isWhole: () => captured.writableEnded,
    onHead: (head, whole) => {
      const empty = BODILESS.has(head.status) || incoming.method === "HEAD";
      if (empty) wire.resume();
      resolve(new FastResponse(empty ? null : (whole ?? Readable.toWeb(wire)), head));
    },
  });
  wire.on("error", reject);
  wire.once("close", () => reject(new Error("the application closed its response without a head")));
  wire.on("drain", () => captured.emit("drain"));
  outgoing.once("close", () => wire.destroy());
  dressUp(captured, outgoing, wire);
  Promise.try(listener, incoming, captured).catch((error: Error) => wire.destroy(error));
  return promise;
}

/** Connects the captured response to a wire that carries its body unframed. */
function dressUp(captured: ServerResponse, outgoing: ServerResponse, wire: ResponseWire): void {
  captured.useChunkedEncodingByDefault = false;
  captured.sendDate = false;
  const { writeHead } = captured;
  captured.writeHead = (...head: unknown[]) => {
    Reflect.apply(writeHead, captured, head);
    // Asked for by a Transfer-Encoding of the application's own; the real response frames.
    captured.chunkedEncoding = false;
    return captured;
  };
  captured.writeContinue = (told) => outgoing.writeContinue(told);
  captured.writeEarlyHints = (hints, told) => outgoing.writeEarlyHints(hints, told);
  // Node resets its own mark only for the sockets of its own server.
  Object.defineProperty(captured, "writableNeedDrain", { get: () => wire.writableNeedDrain });
  captured.once("finish", () => wire.end());
  // A response asks of its socket no more than any duplex stream has.
  captured.assignSocket(wire as unknown as Socket);
}
