import { lookup } from "node:dns/promises";
import { BoundSocket } from "node:net";
import type { BoundPorts } from "../pool/messages.ts";
import type { WebSettings } from "../settings.ts";

/**
 * The listening sockets of the edge. The primary holds them and never accepts; its workers inherit
 * them and accept in turn. So a connection that comes while no worker lives waits in the kernel's
 * queue for the next one, instead of being refused.
 */
export class Sockets {
  readonly #http: BoundSocket;
  readonly #https: BoundSocket | undefined;

  private constructor(http: BoundSocket, https: BoundSocket | undefined) {
    this.#http = http;
    this.#https = https;
  }

  /**
   * Binds the ports. With SO_REUSEPORT a new edge can start beside this one before it leaves.
   * @throws the error of the look-up or of bind(2), such as EADDRINUSE.
   */
  static async bind({ host, httpPort, httpsPort, https }: WebSettings): Promise<Sockets> {
    const { address } = await lookup(host);
    const bind = (port: number) => new BoundSocket({ host: address, port, reusePort: true });
    return new Sockets(bind(httpPort), https === "off" ? undefined : bind(httpsPort));
  }

  /** The ports that were bound, for configured ports of 0. */
  get ports(): BoundPorts {
    return { http: this.#http.address().port, https: this.#https?.address().port };
  }

  /** What a worker inherits, from descriptor 4 on. */
  get descriptors(): number[] {
    return this.#https === undefined ? [this.#http.fd()] : [this.#http.fd(), this.#https.fd()];
  }

  /** Lets go of the ports: once the workers have too, waiting connections go to another edge. */
  close(): void {
    this.#http.close();
    this.#https?.close();
  }
}
