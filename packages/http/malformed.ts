import type { EventEmitter } from "node:events";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { Socket } from "node:net";
import { type Incoming, ignoreFurther, isClosing, type Outgoing } from "./closing.ts";
import type { RawFields } from "./fields.ts";
import type { Refusal } from "./limits.ts";
import { parserRefusal } from "./parser-rules.ts";
import type { ParsedRequest } from "./request-head.ts";

export interface MalformedHandler {
  /** Refuses a request with a malformed body. False where its body is not being received. */
  refuseBody(request: Incoming, refusal: Refusal): boolean;
  refuseHead(request: ParsedRequest): Refusal | undefined;
  /** Logs the refusal. @returns fields for the response */
  report(refusal: Refusal, client: string): RawFields;
}

/** Responds to what never becomes a request of `server`: what its parser refuses, and CONNECT. */
export function refuseMalformed(server: EventEmitter, handler: MalformedHandler): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (isClosing(socket)) return;
    const refusal = parserRefusal(error);
    // Bytes after the client's own Connection: close do not count; the response is on its way.
    if (error.code === "HPE_CLOSED_CONNECTION") ignoreFurther(socket);
    else if (refusal === undefined || clientLeft(error, socket)) socket.destroy();
    else refuseInTurn(socket, refusal, handler);
  });
  server.on("connect", (request: Incoming, other: Socket | Outgoing) => {
    const refusal = handler.refuseHead(request);
    if (refusal === undefined) return;
    if (other instanceof Socket) {
      // Node has removed its own listener together with the parser.
      other.on("error", () => other.destroy());
      send(other, refusal, handler, ["Allow", ALLOW]);
    } else if ("stream" in other) {
      other.writeHead(refusal.status, { allow: ALLOW }).end();
    }
  });
}

/** What a tier passes on, as the Allow field of a 405 names it: all methods but CONNECT and TRACE. */
export const ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** Whether no response is due: the client broke off a request, or never began one. */
function clientLeft({ code }: NodeJS.ErrnoException, socket: Socket): boolean {
  if (code === "HPE_INVALID_EOF_STATE") return responseOn(socket) !== undefined;
  // Browsers open connections ahead of need: an unused one is closed without a response.
  return code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
}

function refuseInTurn(socket: Socket, refusal: Refusal, handler: MalformedHandler): void {
  ignoreFurther(socket);
  if (!socket.writable) return;
  const current = responseOn(socket);
  if (current === undefined) send(socket, refusal, handler, []);
  else if (current.req.complete) {
    current.once("close", () => refuseInTurn(socket, refusal, handler));
  } else if (!handler.refuseBody(current.req, refusal)) socket.destroy();
}

/** The response that is being sent on a connection. Node has no public name for it. */
export function responseOn(socket: Socket): ServerResponse<IncomingMessage> | undefined {
  return Reflect.get(socket, "_httpMessage") ?? undefined;
}

function send(socket: Socket, refusal: Refusal, handler: MalformedHandler, more: RawFields) {
  ignoreFurther(socket);
  const fields = handler.report(refusal, socket.remoteAddress ?? "");
  socket.write(plainRefusal(refusal, [...more, ...fields]));
  socket.destroySoon();
}

/** The bytes of a connection's last response, to what never became a request. */
export function plainRefusal({ status, reason }: Refusal, more: RawFields): string {
  const body = `${reason}\n`;
  const fields = [
    ...["Connection", "close", "Date", new Date().toUTCString()],
    ...["Content-Type", "text/plain", "Content-Length", String(body.length)],
    ...more,
  ];
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    head += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  return `${head}\r\n${body}`;
}
