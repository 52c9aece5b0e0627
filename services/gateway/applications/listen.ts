import { AsyncLocalStorage } from "node:async_hooks";
import { addAbortListener } from "node:events";
import { Server as HttpServer } from "node:http";
import { Server as HttpsServer } from "node:https";
import { Server } from "node:net";
import { constants } from "node:os";
import { nodesListen, type Requested } from "./own-server.ts";
import type { OwnServers } from "./own-servers.ts";

const running = new AsyncLocalStorage<OwnServers | "node">();
let main: OwnServers | undefined;

/** Code that `load` starts, now or later, listens through `servers`; "node": as without a gateway. */
export function listenThrough<T>(servers: OwnServers | "node", load: () => T): T {
  return running.run(servers, load);
}

/** The same for all other code of this process: the main module's. */
export function mainListensThrough(servers: OwnServers): void {
  main = servers;
}

Object.defineProperty(Server.prototype, "listen", {
  configurable: true,
  writable: true,
  value(this: Server, ...args: unknown[]): Server {
    const servers = running.getStore() ?? main;
    // node:net has errors of its own for a server that listens, and for bad arguments.
    const requested = this.listening ? undefined : requestedBy(args);
    if (servers === undefined || servers === "node" || requested === undefined) {
      if (typeof servers === "object" && isHandle(args[0]) && speaksHttp(this)) servers.handled();
      return Reflect.apply(nodesListen, this, args);
    }
    const listens = speaksHttp(this)
      ? servers.listen(this, requested)
      : servers.listenOtherwise(this, requested);
    if (listens === undefined) return Reflect.apply(nodesListen, this, args);
    const listener = args.findLast((argument) => typeof argument === "function");
    if (listener !== undefined) this.once("listening", () => Reflect.apply(listener, this, []));
    if (listens) closeAtAbort(this, args[0]);
    else setImmediate(() => this.emit("error", addressInUse(requested)));
    return this;
  },
});

function speaksHttp(server: Server): boolean {
  return (
    server instanceof HttpServer ||
    server instanceof HttpsServer ||
    server.listenerCount("request") > 0
  );
}

/** Undefined for what is neither a port nor a path: a descriptor, a handle, a mistake. */
function requestedBy([first, second, third]: readonly unknown[]): Requested | undefined {
  if (typeof first === "object" && first !== null) return requestedIn(first);
  if (typeof first === "string" && !/^\d+$/.test(first)) {
    return requestedIn({ path: first, backlog: second });
  }
  if (typeof first === "function") return requestedIn({ port: 0 });
  const backlog = [second, third].find((word) => typeof word === "number");
  return requestedIn({ port: first, host: second, backlog });
}

function requestedIn(options: {
  readonly port?: unknown;
  readonly host?: unknown;
  readonly path?: unknown;
  readonly backlog?: unknown;
}): Requested | undefined {
  const path = typeof options.path === "string" ? options.path : undefined;
  if (path === undefined && !("port" in options)) return undefined;
  const port = path === undefined ? Number(options.port ?? 0) : 0;
  if (!Number.isInteger(port) || port < 0 || port > 65535) return undefined;
  return {
    port,
    path,
    host: typeof options.host === "string" && options.host !== "" ? options.host : undefined,
    backlog: typeof options.backlog === "number" ? options.backlog : undefined,
  };
}

function isHandle(first: unknown): boolean {
  if (typeof first !== "object" || first === null) return false;
  return ["fd", "_handle", "handle"].some((name) => name in first);
}

/** As Node does for `listen({ signal })`. */
function closeAtAbort(server: Server, options: unknown): void {
  if (typeof options !== "object" || options === null || !("signal" in options)) return;
  const { signal } = options;
  if (!(signal instanceof AbortSignal)) return;
  const close = () => void server.close();
  if (signal.aborted) process.nextTick(close);
  else {
    const listening = addAbortListener(signal, close);
    server.once("close", () => listening[Symbol.dispose]());
  }
}

function addressInUse({ port, path, host = "::" }: Requested): Error {
  const error = new Error(`listen EADDRINUSE: address already in use ${path ?? `${host}:${port}`}`);
  const errno = -constants.errno.EADDRINUSE;
  const where = path === undefined ? { address: host, port } : { address: path, port: -1 };
  return Object.assign(error, { code: "EADDRINUSE", errno, syscall: "listen", ...where });
}
