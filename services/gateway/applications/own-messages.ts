import {
  createServer,
  type Server as HttpServer,
  IncomingMessage,
  ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Server, Socket } from "node:net";
import { Incoming } from "../http/exchange.ts";

/** With these Node makes requests of what a connection brings. Here the gateway does. */
const NODES_OWN: ReadonlySet<unknown> = new Set([
  ...createServer().listeners("connection"),
  ...createSecureServer().listeners("secureConnection"),
]);

/**
 * Calls what the application has set for new connections, such as the lists of http-terminator and
 * stoppable. Where Node's own listener is not among them, those that are read the connection
 * themselves: they get none.
 */
export function announceConnection(server: Server, socket: Socket): void {
  for (const event of ["connection", "secureConnection"]) {
    if (server.listenerCount(event) < 2) continue;
    const listeners = server.rawListeners(event);
    if (!listeners.some((listener) => NODES_OWN.has(listener))) continue;
    for (const listener of listeners) {
      if (!NODES_OWN.has(listener)) Reflect.apply(listener, server, [socket]);
    }
  }
}

/** Applies `server.timeout` to one request. The end of its response takes it away (http/stations.ts). */
export function limitSilence(server: Server, response: ServerResponse): void {
  const { timeout } = server as HttpServer;
  if (!(timeout > 0)) return;
  // A response behind another one of its connection has none yet; response.setTimeout() waits for it too.
  if (response.socket === null) response.once("socket", (socket) => socket.setTimeout(timeout));
  else response.socket.setTimeout(timeout);
}

/** Has messages that are there already be of a class. */
type Adopt = (message: IncomingMessage | ServerResponse, ...made: readonly unknown[]) => void;

/**
 * Has requests and responses be of the classes that the application gave to `createServer()`. Node
 * keeps them on its server by symbols without a public name. They change their class where they
 * reach the application: each of several that are mounted has its own.
 */
export function adopterOf(
  server: Server,
): (request: IncomingMessage, response?: ServerResponse) => void {
  const [requests, theirRequest] = classOf(server, IncomingMessage);
  const [, theirResponse] = classOf(server, ServerResponse);
  // Node takes the class from the server behind the connection, which is the one of its last request.
  if (requests !== undefined) Reflect.set(server, requests, Incoming);
  const adoptRequest = theirRequest && adopter(theirRequest, IncomingMessage);
  const adoptResponse = theirResponse && adopter(theirResponse, ServerResponse);
  return (request, response) => {
    adoptRequest?.(request, request.socket);
    if (response !== undefined) adoptResponse?.(response, request);
  };
}

type NodesClass = typeof IncomingMessage | typeof ServerResponse;

type Class = new (...made: never[]) => IncomingMessage | ServerResponse;

/** Where a server keeps the class, and which one, unless that is Node's own. */
function classOf(server: Server, nodes: NodesClass): [symbol | undefined, Class | undefined] {
  const key = Object.getOwnPropertySymbols(server).find((one) => one.description === nodes.name);
  const theirs: unknown = key && Reflect.get(server, key);
  const isOwn = typeof theirs === "function" && theirs.prototype instanceof nodes;
  return [key, isOwn ? (theirs as Class) : undefined];
}

function adopter(theirs: Class, nodes: NodesClass): Adopt {
  const lowest = lowestAbove(nodes, theirs);
  return (message, ...made) => {
    const parsed = message instanceof IncomingMessage ? parsedOf(message) : {};
    Object.setPrototypeOf(message, theirs.prototype);
    // A class calls the constructor of whatever its prototype is at that moment, and goes on with
    // the object that this returns: so the constructors set their fields on the message.
    const parent = Object.getPrototypeOf(lowest);
    Object.setPrototypeOf(lowest, function own() {
      return message;
    });
    try {
      const own: object = Reflect.construct(theirs, made);
      // A function that is no class has made an object itself.
      if (own !== message) Object.assign(message, { ...own, ...message });
      Object.assign(message, parsed);
    } finally {
      Object.setPrototypeOf(lowest, parent);
    }
  };
}

/** What Node sets once the constructor of a request has returned. */
function parsedOf(request: IncomingMessage) {
  const { httpVersionMajor, httpVersionMinor, httpVersion, method, url, rawHeaders } = request;
  return { httpVersionMajor, httpVersionMinor, httpVersion, method, url, rawHeaders };
}

/** Of `theirs` and the classes that it extends, the one that extends Node's. */
function lowestAbove(nodes: NodesClass, theirs: object): object {
  const parent: object = Object.getPrototypeOf(theirs);
  const isBetween = "prototype" in parent && parent.prototype instanceof nodes;
  return isBetween ? lowestAbove(nodes, parent) : theirs;
}
