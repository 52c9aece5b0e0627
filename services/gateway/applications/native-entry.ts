import { AsyncLocalStorage } from "node:async_hooks";
import { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An entry that calls `listen()`: its first server binds no port, but gets the gateway's requests. */
export class NativeEntry {
  readonly #host: string;
  readonly #port: number;
  readonly #listening = Promise.withResolvers<Server>();
  /** The first server, once it listens. */
  readonly listening = this.#listening.promise;
  readonly #ports = new Set<number>();
  server: Server | undefined;

  /** @param port of the gateway; 0 where it takes any */
  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Runs `load`; all code that it starts, now or later, listens through this entry. */
  run<T>(load: () => T): T {
    return running.run(this, load);
  }

  /** Whether this call of listen() is for the gateway. */
  takes(args: readonly unknown[]): boolean {
    // Fastify listens a second time for "localhost", on the port that it received.
    return this.server === undefined || this.#ports.has(portOf(args));
  }

  listen(server: Server, args: readonly unknown[]): void {
    const requested = portOf(args);
    const port = this.#port === 0 ? requested : this.#port;
    this.#ports.add(requested).add(port);
    const family = this.#host.includes(":") ? "IPv6" : "IPv4";
    pretendToListen(server, { address: this.#host, family, port });
    const listener = args.findLast((argument) => typeof argument === "function");
    if (listener !== undefined) server.once("listening", () => Reflect.apply(listener, server, []));
    setImmediate(() => server.emit("listening"));
    this.server ??= server;
    this.#listening.resolve(this.server);
  }
}

const running = new AsyncLocalStorage<NativeEntry>();
const { listen } = Server.prototype;

Object.defineProperty(Server.prototype, "listen", {
  configurable: true,
  writable: true,
  value(this: Server, ...args: unknown[]): Server {
    const entry = running.getStore();
    if (!entry?.takes(args)) return Reflect.apply(listen, this, args);
    entry.listen(this, args);
    return this;
  },
});

/** 0 for any port, and for a Unix socket. */
function portOf([first]: readonly unknown[]): number {
  const options = typeof first === "object" && first !== null ? first : { port: first };
  return Number("port" in options ? options.port : 0) || 0;
}

function pretendToListen(server: Server, address: AddressInfo): void {
  let listening = true;
  const close = (closed?: () => void) => {
    if (closed !== undefined) server.once("close", closed);
    listening = false;
    setImmediate(() => server.emit("close"));
    return server;
  };
  Object.defineProperties(server, {
    listening: { configurable: true, get: () => listening },
    address: { configurable: true, writable: true, value: () => address },
    close: { configurable: true, writable: true, value: close },
  });
}
