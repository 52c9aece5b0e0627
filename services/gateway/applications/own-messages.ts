import {
  createServer,
  type Server as HttpServer,
  IncomingMessage,
  ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Server, Socket } from "node:net";
import { Exchange, Incoming } from "../http/exchange.ts";

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

/** Applies `server.timeout` to one request. Kept connections belong to the gateway: it has none there. */
export function limitSilence(server: Server, response: ServerResponse): void {
  const { timeout } = server as HttpServer;
  const { socket } = response;
  if (!(timeout > 0) || socket === null) return;
  socket.setTimeout(timeout);
  response.once("close", () => socket.setTimeout(0));
}

/**
 * Has the gateway's requests and responses be of the classes that the application gave to
 * `createServer()`. Node keeps them on its server by symbols without a public name.
 */
export function inheritClasses(server: Server): void {
  const classes = [
    ["IncomingMessage", IncomingMessage, Incoming],
    ["ServerResponse", ServerResponse, Exchange],
  ] as const;
  for (const [name, nodes, ours] of classes) {
    const key = Object.getOwnPropertySymbols(server).find((one) => one.description === name);
    const theirs: unknown = key && Reflect.get(server, key);
    if (typeof theirs !== "function" || !(theirs.prototype instanceof nodes)) continue;
    // A class calls the constructor of whatever its prototype is at that moment.
    Object.setPrototypeOf(ours, theirs);
    Object.setPrototypeOf(ours.prototype, theirs.prototype);
  }
}
