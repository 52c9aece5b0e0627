import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { Readable } from "node:stream";
import { FastResponse } from "srvx/node";
import type { RequestListener } from "../http/upgrades.ts";
import { continueIfExpected, expectsContinue, type Lifespan, type Program } from "./application.ts";
import { takeOverFields } from "./middleware.ts";
import { adopterOf } from "./own-messages.ts";
import { ResponseWire } from "./response-wire.ts";

/** Statuses with which the constructor of Response allows no body. */
const BODILESS = new Set([204, 205, 304]);

/** An application that is a Node `(request, response)` listener: Express, Koa's callback(). */
export function listenerProgram(listener: RequestListener, lifespan: Lifespan): Program {
  const responds = bothWays((request, response) => {
    continueIfExpected(request, response);
    return listener(request, response);
  });
  // It never listens, but has the listeners that are set on `request.socket.server`.
  return withUpgrades(createServer(), { ...lifespan, ...responds, listens: false });
}

/** An application that is a server with listeners: an entry that called listen() itself. */
export function serverProgram(server: Server, lifespan: Lifespan): Program {
  const adopt = adopterOf(server);
  const responds = bothWays((request, response) => {
    adopt(request, response);
    if (expectsContinue(request)) {
      if (server.emit("checkContinue", request, response)) return;
      response.writeContinue();
    }
    server.emit("request", request, response);
  });
  const upgrading = (request: IncomingMessage) => adopt(request);
  return withUpgrades(server, { ...lifespan, ...responds, listens: true }, upgrading);
}

/** Listeners for "upgrade" may be set at any time: http-proxy-middleware's, at the first request. */
function withUpgrades(
  server: Server,
  program: Omit<Program, "upgrade" | "server">,
  upgrading: (request: IncomingMessage) => void = () => undefined,
): Program {
  return {
    ...program,
    server,
    upgrade: () => {
      if (server.listenerCount("upgrade") === 0) return undefined;
      return (request, socket, head) => {
        upgrading(request);
        return server.emit("upgrade", request, socket, head);
      };
    },
  };
}

function bothWays(listener: RequestListener): Pick<Program, "listener" | "respond"> {
  return {
    listener,
    respond: (request, incoming, outgoing) => {
      takeOverFields(request, incoming);
      return captureResponse(listener, incoming, outgoing);
    },
  };
}

/**
 * Calls a Node listener and returns its response as a Response, whose body flows as fast as it is
 * read. (srvx's fetchNodeHandler bypasses the middleware, or buffers without bound.)
 * @throws what the listener threw before it wrote a head
 */
async function captureResponse(
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
  connect(captured, outgoing, wire);
  Promise.try(listener, incoming, captured).catch((error: Error) => wire.destroy(error));
  return promise;
}

/** Connects the captured response to a wire that carries its body unframed. */
function connect(captured: ServerResponse, outgoing: ServerResponse, wire: ResponseWire): void {
  captured.useChunkedEncodingByDefault = false;
  captured.sendDate = false;
  const { writeHead } = captured;
  captured.writeHead = (...head: unknown[]) => {
    Reflect.apply(writeHead, captured, head);
    // A Transfer-Encoding of the application's own asks for it; the real response does the framing.
    captured.chunkedEncoding = false;
    return captured;
  };
  captured.writeContinue = (sent) => outgoing.writeContinue(sent);
  connectTimeouts(captured, outgoing);
  captured.writeEarlyHints = (hints, sent) => outgoing.writeEarlyHints(hints, sent);
  // Node resets its own mark only for the sockets of its own server.
  Object.defineProperty(captured, "writableNeedDrain", { get: () => wire.writableNeedDrain });
  captured.once("finish", () => wire.end());
  // A response needs of its socket no more than any duplex stream has.
  captured.assignSocket(wire as unknown as Socket);
}

/** Without a listener for its timeout, Node closes the connection: the real response has one only then. */
function connectTimeouts(captured: ServerResponse, outgoing: ServerResponse): void {
  const relay = (socket: Socket) => captured.emit("timeout", socket);
  const isOnly = (event: string | symbol) =>
    event === "timeout" && captured.listenerCount("timeout") === 0;
  captured.on("newListener", (event) => {
    if (isOnly(event)) outgoing.on("timeout", relay);
  });
  captured.on("removeListener", (event) => {
    if (isOnly(event)) outgoing.off("timeout", relay);
  });
  captured.setTimeout = (time, listener) => {
    if (listener !== undefined) captured.on("timeout", listener);
    outgoing.setTimeout(time);
    return captured;
  };
}
