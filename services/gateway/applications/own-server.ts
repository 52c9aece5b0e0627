import { type AddressInfo, BoundSocket, createServer, isIP, type Server } from "node:net";

/** Where an application asks to listen. */
export interface Requested {
  /** 0 for any port. */
  readonly port: number;
  readonly host: string | undefined;
  /** Of a Unix socket; then the port is none. */
  readonly path: string | undefined;
  readonly backlog: number | undefined;
}

/** What node:net needs of the handle of a server that listens. */
interface Handle {
  close(): void;
  ref(): void;
  unref(): void;
  getsockname?(address: object): number;
}

/** Where several processes can listen on one port without node:cluster (SO_REUSEPORT). */
const REUSE_PORT = process.platform === "linux";

/**
 * A server on which the application has called `listen()`. The application sees one that listens, as
 * under Node. OwnServers decides whether it is the site, which the gateway serves, or has a port of
 * its own.
 */
export class OwnServer {
  readonly server: Server;
  readonly requested: Requested;
  #address: AddressInfo | undefined;
  /** The port that the system has chosen. Nobody can connect to it before it listens. */
  #bound: BoundSocket | undefined;
  /** Accepts the connections of a server with a port of its own. */
  #acceptor: Server | undefined;
  #announced = false;

  /** @param closed is called when the application closes it */
  constructor(server: Server, requested: Requested, closed: () => void) {
    this.server = server;
    this.requested = requested;
    const { port, host, path } = requested;
    if (path === undefined) {
      const address = addressFor(host);
      if (port === 0) this.#bound = new BoundSocket({ host: address, port });
      const family = `IPv${isIP(address)}`;
      this.#address = this.#bound?.address() ?? { address, family, port };
    }
    this.#install(closed);
  }

  /** How it stands in a message. */
  get name(): string {
    const { port, path } = this.requested;
    if (path !== undefined) return `the socket ${path}`;
    return port === 0 ? "any port (0)" : `port ${port}`;
  }

  /** Tells the application that it listens. */
  announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    if (this.server.listening) this.server.emit("listening");
  }

  /** It is the site. @param port the gateway's; 0 where it is not known yet */
  serve(port: number): void {
    if (this.#bound === undefined || this.#address === undefined) return;
    this.#bound.close();
    this.#bound = undefined;
    if (port !== 0) this.#address = { ...this.#address, port };
  }

  /** It gets its own port: workers share one that the application has chosen. */
  open(): void {
    const { server, requested } = this;
    const { port, host, path, backlog } = requested;
    const acceptor = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      server.emit("connection", socket);
    });
    this.#acceptor = acceptor.on("error", (error) => server.emit("error", error));
    acceptor.once("listening", () => this.announce());
    if (this.#bound !== undefined) acceptor.listen(this.#bound);
    else if (path !== undefined) acceptor.listen({ path, backlog });
    else acceptor.listen({ port, host, backlog, reusePort: REUSE_PORT });
  }

  /** Node's own `address()`, `listening` and `close()` do their work by this handle. */
  #install(closed: () => void): void {
    const handle: Handle = {
      close: () => {
        this.#bound?.[Symbol.dispose]();
        this.#acceptor?.close();
        closed();
      },
      ref: () => void this.#acceptor?.ref(),
      unref: () => void this.#acceptor?.unref(),
    };
    if (this.#address !== undefined) {
      handle.getsockname = (address) => {
        Object.assign(address, this.#acceptor?.address() ?? this.#address);
        return 0;
      };
    }
    Object.assign(this.server, { _handle: handle, _pipeName: this.requested.path });
  }
}

/** Without DNS: what a name stands for is seen only where the port is opened. */
function addressFor(host: string | undefined): string {
  if (host === undefined) return "::";
  return isIP(host) === 0 ? "127.0.0.1" : host;
}
