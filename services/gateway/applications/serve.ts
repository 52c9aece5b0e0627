import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { NodeRequest } from "srvx/node";
import type { Program, RequestListener, UpgradeListener } from "./application.ts";
import { sendResponse } from "./fetch-program.ts";
import { type Middleware, takeOverFields, through } from "./middleware.ts";
import { enter, type MountTable } from "./mounts.ts";

type Programs = MountTable<Program>;

/** Answers every request: through the middleware, by the program that is mounted on its path. */
export function listenerOf(programs: Programs, middleware: readonly Middleware[]): RequestListener {
  if (middleware.length > 0) return listenerThrough(programs, middleware);
  return (request, response) => {
    const [path, program] = programs.find(request.url ?? "") ?? [];
    if (path === undefined || program === undefined) {
      response.writeHead(404, { "Content-Type": "text/plain" });
      return response.end(NOT_MOUNTED);
    }
    enter(request, path);
    return program.listener(request, response);
  };
}

/** Middleware sees the whole path and wraps the 404 of a path that nothing is mounted on too. */
function listenerThrough(programs: Programs, middleware: readonly Middleware[]): RequestListener {
  return async (incoming, outgoing) => {
    const [path, program] = programs.find(incoming.url ?? "") ?? [];
    const request = new NodeRequest({ req: incoming, res: outgoing, trustProxy: true });
    const response = await through(middleware, request, async () => {
      if (path === undefined || program === undefined) return notMounted();
      enter(incoming, path);
      const inside = path === "" ? request : moved(request, incoming);
      return program.respond(inside, incoming, outgoing);
    });
    await sendResponse(outgoing, response);
  };
}

/**
 * The upgrade of the program on this path. Middleware guards it: only if it calls `next()`, which
 * gives it an empty answer, and does not make an error of that, the connection is handed over;
 * otherwise its answer is sent.
 */
export function upgradeFor(
  request: IncomingMessage,
  programs: Programs,
  middleware: readonly Middleware[],
): UpgradeListener | undefined {
  const [path, program] = programs.find(request.url ?? "") ?? [];
  const upgrade = program?.upgrade;
  if (path === undefined || upgrade === undefined) return undefined;
  return async (incoming, socket, head) => {
    if (middleware.length > 0) {
      let passed = false;
      const seen = new NodeRequest({ req: incoming, trustProxy: true });
      const response = await through(middleware, seen, async () => {
        passed = true;
        return new Response(null, { status: 204 });
      });
      if (!passed || !response.ok) return refuseUpgrade(incoming, socket, response);
      takeOverFields(seen, incoming);
    }
    enter(incoming, path);
    return upgrade(incoming, socket, head);
  };
}

const NOT_MOUNTED = "No application is mounted on this path.\n";
const notMounted = () => new Response(NOT_MOUNTED, { status: 404 });

/** The request as a program sees it that does not stand at the root. */
function moved(request: Request, incoming: IncomingMessage): Request {
  // Not resolved as a reference: "//host/" inside a mount would be another host.
  return new Request(`${new URL(request.url).origin}${incoming.url}`, request);
}

async function refuseUpgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  response: Response,
): Promise<void> {
  const refusal = new ServerResponse(incoming);
  refusal.shouldKeepAlive = false;
  // Node hands over the connection itself, typed as the stream that it is at least.
  refusal.assignSocket(socket as Socket);
  await sendResponse(refusal, response);
  socket.end();
}
