import type { EventEmitter } from "node:events";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { Socket } from "node:net";
import { closeInStages, type Incoming, isClosing, type Outgoing } from "./closing.ts";
import type { RawFields } from "./fields.ts";
import { parserRefusal } from "./parser-rules.ts";
import type { ParsedRequest } from "./request-head.ts";
import type { Refusal } from "./request-limits.ts";

export interface MalformedListener {
  /** A request whose body is malformed: its own answer must say so. False if nobody waits. */
  refuseBody(request: Incoming, refusal: Refusal): boolean;
  /** Why CONNECT is refused. */
  refuseHead(request: ParsedRequest): Refusal | undefined;
  /** Tells of a refusal that has no request; what it returns goes into the answer's head. */
  tell(refusal: Refusal, client: string): RawFields;
}

/** Answers what never becomes a request of `server`: what its parser refuses, and CONNECT. */
export function answerMalformed(server: EventEmitter, listener: MalformedListener): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (isClosing(socket)) return;
    const refusal = parserRefusal(error);
    // The client's bytes after its own Connection: close do not count; the answer is on its way.
    if (error.code === "HPE_CLOSED_CONNECTION") closeInStages(socket);
    else if (refusal === undefined || clientLeft(error, socket)) socket.destroy();
    else refuseInTurn(socket, refusal, listener);
  });
  server.on("connect", (request: Incoming, other: Socket | Outgoing) => {
    const refusal = listener.refuseHead(request);
    if (refusal === undefined) return;
    if (other instanceof Socket) {
      // Node has taken its own listener away with the parser.
      other.on("error", () => other.destroy());
      send(other, refusal, listener, ["Allow", METHODS]);
    } else if ("stream" in other) {
      other.writeHead(refusal.status, { allow: METHODS }).end();
    }
  });
}

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/** Whether no answer is due: the client broke off a request, or never began one. */
function clientLeft({ code }: NodeJS.ErrnoException, socket: Socket): boolean {
  if (code === "HPE_INVALID_EOF_STATE") return responseOn(socket) !== undefined;
  // Browsers open connections ahead of need: one that stays unused is closed without a word.
  return code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
}

/** Requests that came whole before the malformed one are answered first. */
function refuseInTurn(socket: Socket, refusal: Refusal, listener: MalformedListener): void {
  closeInStages(socket);
  if (!socket.writable) return;
  const current = responseOn(socket);
  if (current === undefined) send(socket, refusal, listener, []);
  else if (current.req.complete) {
    current.once("close", () => refuseInTurn(socket, refusal, listener));
  } else if (!listener.refuseBody(current.req, refusal)) socket.destroy();
}

/** The response whose turn it is on a connection. Node tells of it nowhere else. */
function responseOn(socket: Socket): ServerResponse<IncomingMessage> | undefined {
  return Reflect.get(socket, "_httpMessage") ?? undefined;
}

function send(socket: Socket, refusal: Refusal, listener: MalformedListener, more: RawFields) {
  closeInStages(socket);
  const { status, reason } = refusal;
  const body = `${reason}\n`;
  const fields = [
    ...["Connection", "close", "Date", new Date().toUTCString()],
    ...["Content-Type", "text/plain", "Content-Length", String(body.length)],
    ...more,
    ...listener.tell(refusal, socket.remoteAddress ?? ""),
  ];
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    head += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  socket.write(`${head}\r\n${body}`);
  socket.destroySoon();
}
