import { type IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { NodeRequest } from "srvx/node";
import type { RequestListener, UpgradeListener } from "../http/upgrades.ts";
import type { Program } from "./application.ts";
import { sendResponse } from "./fetch-program.ts";
import { type Middleware, takeOverFields, through } from "./middleware.ts";
import { type Mount, type MountTable, removePrefix } from "./mounts.ts";
import { announceConnection, limitSilence } from "./own-messages.ts";

type Programs = MountTable<Program>;

/** As node:http has it, without a word in its documentation. */
type ServedSocket = Socket & { server: Server };

const NOT_MOUNTED = "No application is mounted on this path.\n";

/** Responds to every request: through the middleware, by the program mounted on its path. */
export function listenerOf(programs: Programs, middleware: readonly Middleware[]): RequestListener {
  if (middleware.length > 0) return listenerThrough(programs, middleware);
  return (request, response) => {
    const mount = programs.find(request.url ?? "");
    if (mount === undefined) {
      response.writeHead(404, { "Content-Type": "text/plain" });
      return response.end(NOT_MOUNTED);
    }
    if (programs.only === undefined) enter(mount, request);
    const { server, listener } = mount.program;
    if (server !== undefined) limitSilence(server, response);
    return listener(request, response);
  };
}

/** The program of all requests finds its own server behind each connection, as that finds these. */
export function adopt(socket: Socket, { only }: Programs): void {
  const server = only?.program.server;
  if (server === undefined) return;
  (socket as ServedSocket).server = server;
  announceConnection(server, socket);
}

/** Of several, each finds its own server, and its requests as if it stood at "/". */
function enter({ path, program }: Mount<Program>, request: IncomingMessage): void {
  if (program.server !== undefined) (request.socket as ServedSocket).server = program.server;
  removePrefix(request, path);
}

/** Middleware sees the whole path, and the 404 of a path without a program too. */
function listenerThrough(programs: Programs, middleware: readonly Middleware[]): RequestListener {
  return async (incoming, outgoing) => {
    const mount = programs.find(incoming.url ?? "");
    const request = new NodeRequest({ req: incoming, res: outgoing, trustProxy: true });
    const response = await through(middleware, request, async () => {
      if (mount === undefined) return new Response(NOT_MOUNTED, { status: 404 });
      if (programs.only === undefined) enter(mount, incoming);
      const inside = mount.path === "" ? request : withTarget(request, incoming);
      if (mount.program.server !== undefined) limitSilence(mount.program.server, outgoing);
      return mount.program.respond(inside, incoming, outgoing);
    });
    await sendResponse(outgoing, response);
  };
}

/**
 * The upgrade of the program on this path. Middleware guards it: unless each calls `next()`, which
 * returns an empty response, and returns a success, the client gets the middleware's response.
 */
export function upgradeFor(
  request: IncomingMessage,
  programs: Programs,
  middleware: readonly Middleware[],
): UpgradeListener | undefined {
  const mount = programs.find(request.url ?? "");
  const upgrade = mount?.program.upgrade();
  if (mount === undefined || upgrade === undefined) return undefined;
  return async (incoming, socket, head) => {
    if (middleware.length > 0) {
      let passed = false;
      const seen = new NodeRequest({ req: incoming, trustProxy: true });
      const response = await through(middleware, seen, async () => {
        passed = true;
        return new Response(null, { status: 204 });
      });
      if (!passed || !response.ok) return rejectUpgrade(incoming, socket, response);
      takeOverFields(seen, incoming);
    }
    if (programs.only === undefined) enter(mount, incoming);
    return upgrade(incoming, socket, head);
  };
}

/** The request with the target that a mounted program sees. */
function withTarget(request: Request, incoming: IncomingMessage): Request {
  // Not resolved as a reference: "//host/" inside a mount would be another host.
  return new Request(`${new URL(request.url).origin}${incoming.url}`, request);
}

async function rejectUpgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  response: Response,
): Promise<void> {
  const rejection = new ServerResponse(incoming);
  rejection.shouldKeepAlive = false;
  // Node hands over the connection itself, typed as a mere stream.
  rejection.assignSocket(socket as Socket);
  await sendResponse(rejection, response);
  socket.end();
}
