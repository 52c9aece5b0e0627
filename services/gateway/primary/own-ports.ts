import { createServer, type Server, type Socket } from "node:net";

/** Of this host alone. */
const HOSTS = ["127.0.0.1", "::1"] as const;
/** Milliseconds until a port that something else has is tried again. */
const RETRY = 1000;

export interface OwnPortEvents {
  accept(socket: Socket): void;
  /** A connection could not be accepted. */
  failed(error: Error): void;
  /** Something else has the port. It is tried again until it is free. */
  taken(port: number, error: Error): void;
  /** A port that was taken is open now. */
  opened(port: number): void;
}

/**
 * The ports on which applications listen as far as they know, other than the gateway's: an application may call
 * itself there. They are open to this host alone, as long as a worker has such an application.
 */
export class OwnPorts {
  readonly #events: OwnPortEvents;
  readonly #open = new Map<number, () => void>();

  constructor(events: OwnPortEvents) {
    this.#events = events;
  }

  /** Opens those that are not open yet, and closes the others. */
  follow(ports: ReadonlySet<number>): void {
    for (const [port, close] of this.#open) {
      if (ports.has(port)) continue;
      this.#open.delete(port);
      close();
    }
    for (const port of ports) if (!this.#open.has(port)) this.#open.set(port, this.#listen(port));
  }

  /** @returns what closes it */
  #listen(port: number): () => void {
    const { failed, taken, opened, accept } = this.#events;
    let retry: NodeJS.Timeout | undefined;
    const missing = new Set<Server>();
    const servers = HOSTS.map((host) => {
      const server: Server = createServer({ pauseOnConnect: true, noDelay: true }, accept);
      server.on("error", (error: NodeJS.ErrnoException) => {
        if (server.listening) failed(error);
        // A host may be without one of the addresses.
        else if (error.code !== "EADDRNOTAVAIL" && error.code !== "EAFNOSUPPORT") {
          if (missing.size === 0) taken(port, error);
          missing.add(server);
          retry ??= setTimeout(open, RETRY).unref();
        }
      });
      server.on("listening", () => {
        if (missing.delete(server) && missing.size === 0) opened(port);
      });
      return { server, host };
    });
    function open(): void {
      retry = undefined;
      for (const { server, host } of servers) {
        if (!server.listening) server.listen({ host, port });
      }
    }
    open();
    return () => {
      clearTimeout(retry);
      for (const { server } of servers) server.close();
    };
  }
}
