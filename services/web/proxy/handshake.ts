import { connect, type Socket } from "node:net";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import { type ResponseHead, readHead } from "./response-head.ts";
import { LONGEST_HEAD, type ResponseHandler, ResponseParser } from "./response-parser.ts";
import { badResponse, UpstreamError } from "./upstream-error.ts";

/** What a replica said to an upgrade: yes, with its socket, or something else, which has been sent. */
export type Handshaken =
  | { readonly head: ResponseHead; readonly socket: Socket; readonly rest: Buffer }
  | undefined;

export interface HandshakeLimits {
  /** Milliseconds, all of them. */
  readonly connectTimeout: number;
  readonly firstByte: number;
  /** Between two pieces of an answer that is no upgrade. */
  readonly betweenBytes: number;
}

const EMPTY_LINE = Buffer.from("\r\n\r\n");

/**
 * Asks one replica to upgrade, on a connection of its own: a kept one is not given away.
 * @param sent is told when the request goes out: from then on it must not be repeated
 * @param sink takes the answer where it is not 101
 * @throws UpstreamError, or the system's error, where no answer began
 */
export function handshake(
  address: string,
  port: number,
  request: string,
  limits: HandshakeLimits,
  sent: () => void,
  sink: ResponseSink,
): Promise<Handshaken> {
  const socket = connect({ host: address, port, noDelay: true, allowHalfOpen: true });
  const expire = (code: "CONNECT_TIMEOUT" | "FIRST_BYTE_TIMEOUT", span: number) =>
    setTimeout(() => socket.destroy(new UpstreamError(code, "the replica took too long")), span);
  let timer = expire("CONNECT_TIMEOUT", limits.connectTimeout);
  let heard = Buffer.alloc(0);
  return new Promise<Handshaken>((done, failed) => {
    const read = (piece: Buffer) => {
      heard = Buffer.concat([heard, piece]);
      try {
        const head = firstHead(heard);
        if (head === undefined) return;
        clearTimeout(timer);
        socket.off("data", read).off("end", ended).pause();
        done(
          head.status === 101 ? taken(socket, head, heard) : passOn(socket, heard, limits, sink),
        );
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const ended = () => socket.destroy(new UpstreamError("CLOSED_EARLY", "the replica closed"));
    socket.on("data", read).on("end", ended);
    // Of an error after the answer's beginning others take care; here it has no effect any more.
    socket.on("error", failed);
    socket.once("close", () => clearTimeout(timer));
    socket.once("connect", () => {
      clearTimeout(timer);
      timer = expire("FIRST_BYTE_TIMEOUT", limits.firstByte);
      sent();
      socket.write(request, "latin1");
    });
    const left = new UpstreamError("ABORTED", "the client left");
    sink.attach({ resume() {}, abort: () => socket.destroy(left) });
  });
}

/** @throws UpstreamError where the replica upgrades to something that nobody asked for. */
function taken(socket: Socket, head: ResponseHead, heard: Buffer): Handshaken {
  if (head.upgrade?.toLowerCase() !== "websocket") throw badResponse("what it upgrades to");
  return { head, socket, rest: heard.subarray(heard.indexOf(EMPTY_LINE) + EMPTY_LINE.length) };
}

/** The head that has come, or undefined while it is not whole. @throws UpstreamError */
function firstHead(heard: Buffer): ResponseHead | undefined {
  const end = heard.indexOf(EMPTY_LINE);
  if (end >= 0 && end <= LONGEST_HEAD) return readHead(heard.toString("latin1", 0, end + 2));
  if (heard.length > LONGEST_HEAD) throw badResponse("a head that is too long");
  return undefined;
}

/** Has a sink take an answer that is no upgrade; the connection closes behind it. */
function passOn(
  socket: Socket,
  heard: Buffer,
  { betweenBytes }: HandshakeLimits,
  sink: ResponseSink,
): undefined {
  const parser = new ResponseParser();
  let over = false;
  // 0 stands for any time in Node.
  const span = Number.isFinite(betweenBytes) ? betweenBytes : 0;
  const source: ResponseSource = {
    resume: () => socket.setTimeout(span).resume(),
    abort: () => socket.destroy(),
  };
  const handler: ResponseHandler = {
    interim: ({ status, fields }) => sink.interim(status, fields),
    head: ({ status, fields, timing }) => sink.head(status, fields, timing),
    // While a client takes its time the replica has all of it.
    data: (piece) => void (sink.data(piece) || socket.setTimeout(0).pause()),
    end: (trailers) => {
      over = true;
      sink.end(trailers);
      socket.destroy();
    },
  };
  const guarded = (step: () => void) => {
    try {
      step();
    } catch (error) {
      if (!over) sink.fail(error instanceof Error ? error : new Error(String(error)));
      over = true;
      socket.destroy();
    }
  };
  sink.attach(source);
  parser.begin("GET", handler);
  socket.on("data", (piece: Buffer) => guarded(() => parser.feed(piece, piece.length)));
  socket.on("end", () => guarded(() => parser.close()));
  socket.on("error", (error) => guarded(() => void (over || sink.fail(error))));
  const silent = new UpstreamError("SILENCE_TIMEOUT", "the replica took too long");
  socket.setTimeout(span, () => socket.destroy(silent));
  socket.resume();
  guarded(() => parser.feed(heard, heard.length));
}
