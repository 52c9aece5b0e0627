import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable, Transform, type TransformCallback } from "node:stream";
import type { RequestListener } from "./application.ts";

/** Statuses that a Response refuses a body for. */
const BODILESS = new Set([204, 205, 304]);
/** They tell of a connection that the captured response does not have. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "trailer"]);

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
  const wire = new Wire(({ status, statusText, headers }) => {
    const empty = BODILESS.has(status) || incoming.method === "HEAD";
    if (empty) wire.resume();
    resolve(new Response(empty ? null : Readable.toWeb(wire), { status, statusText, headers }));
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
function dressUp(captured: ServerResponse, outgoing: ServerResponse, wire: Wire): void {
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

interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
}

/** Takes the head off what a ServerResponse writes and lets the body through. */
class Wire extends Transform {
  readonly #onHead: (head: Head) => void;
  #headed = false;

  constructor(onHead: (head: Head) => void) {
    super();
    this.#onHead = onHead;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#headed) {
      done(null, chunk);
      return;
    }
    // Node writes a head in one piece, alone or with the first of the body.
    const end = chunk.indexOf("\r\n\r\n");
    this.#headed = true;
    this.#onHead(parseHead(chunk.toString("latin1", 0, end)));
    done(null, chunk.subarray(end + 4));
  }
}

function parseHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const [, status = "", statusText = ""] = /^HTTP\/1\.1 (\d+) ?(.*)$/.exec(first) ?? [];
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.append(name, line.slice(colon + 1));
  }
  return { status: Number(status), statusText, headers };
}
