import { lookup } from "node:dns/promises";
import { BoundSocket } from "node:net";
import { ACCEPTORS, type BoundPorts } from "../pool/messages.ts";
import type { WebSettings } from "../settings.ts";

/**
 * The listening sockets of the edge. The primary holds them and never accepts; its workers inherit
 * them and accept. So a connection that arrives while no worker runs waits in the kernel's backlog
 * for the next one instead of being refused.
 */
export class Sockets {
  readonly #http: BoundSocket;
  readonly #https: BoundSocket | undefined;

  private constructor(http: BoundSocket, https: BoundSocket | undefined) {
    this.#http = http;
    this.#https = https;
  }

  /** SO_REUSEPORT: a new edge starts beside this one before it ends. @throws as bind(2) does */
  static async bind({ host, httpPort, httpsPort, https }: WebSettings): Promise<Sockets> {
    const { address } = await lookup(host);
    const bind = (port: number) => new BoundSocket({ host: address, port, reusePort: true });
    return new Sockets(bind(httpPort), https === "off" ? undefined : bind(httpsPort));
  }

  get ports(): BoundPorts {
    return { http: this.#http.address().port, https: this.#https?.address().port };
  }

  /** The file descriptors that a worker inherits, from 4 on. */
  get descriptors(): number[] {
    const sockets = this.#https === undefined ? [this.#http] : [this.#http, this.#https];
    return sockets.flatMap((socket) => Array<number>(ACCEPTORS).fill(socket.fd()));
  }

  /** Closes the primary's copies. Once the workers have closed theirs, another edge gets the backlog. */
  close(): void {
    this.#http.close();
    this.#https?.close();
  }
}
