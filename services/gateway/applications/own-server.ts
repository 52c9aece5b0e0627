import { once } from "node:events";
import { chmodSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, BoundSocket, connect, createServer, isIP, Server } from "node:net";

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

/** Node's own, which listen.ts replaces. */
export const { listen: nodesListen } = Server.prototype;

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
  /** The port that the system has chosen. No client can connect before it listens. */
  #bound: BoundSocket | undefined;
  /** Accepts the connections of a server with a port of its own. */
  #acceptor: Server | undefined;
  #announced = false;
  #isOpen = false;
  /** Why a Unix socket could not be made. The site does without. */
  #failure: Error | undefined;
  /** Of the Unix socket, if this worker has made it. */
  #inode: number | undefined;
  /** As the application has set it. */
  #mode: number | undefined;

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
    if (path !== undefined) this.#openPath(path);
  }

  /** Emits "listening", once `listen()` has returned. */
  announceSoon(): void {
    if (this.#acceptor === undefined) setImmediate(() => this.#announce());
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
    const { port, host, backlog } = this.requested;
    this.#isOpen = true;
    if (this.#failure !== undefined) this.server.emit("error", this.#failure);
    if (this.#acceptor !== undefined) return;
    const where = this.#bound ?? { port, host, backlog, reusePort: REUSE_PORT };
    Reflect.apply(nodesListen, this.#accept(), [where]);
  }

  /** Another worker has begun or ended: the Unix socket may have gone with it. */
  async followFellows(): Promise<void> {
    await this.#keepPath().catch((error: Error) => this.#fail(error));
  }

  /**
   * Makes a Unix socket that is gone anew, with its mode: a worker that was killed leaves a path
   * without a listener, and one that closes its server removes the path, also that of another worker.
   * @throws where the folder does not allow it
   */
  async #keepPath(): Promise<void> {
    const { path } = this.requested;
    if (path === undefined || this.#failure !== undefined) return;
    if (isAbstract(path)) {
      if (this.#acceptor?.listening || (await accepts(path))) return;
    } else {
      const there = statSync(path, { throwIfNoEntry: false });
      if (there !== undefined) {
        this.#mode = there.mode;
        if (there.ino === this.#inode || !there.isSocket() || (await accepts(path))) return;
      }
    }
    if (!this.server.listening) return;
    this.#acceptor?.close();
    if (!isAbstract(path)) rmSync(path, { force: true });
    this.#openPath(path);
  }

  /**
   * The Unix socket cannot be made. A server other than the site has an error, as under Node. Once the
   * application knows that it listens, it is tried again with the next worker that begins or ends.
   */
  #fail(error: Error): void {
    if (this.#announced) return;
    if (this.#isOpen) this.server.emit("error", error);
    else {
      this.#failure = error;
      this.#announce();
    }
  }

  /**
   * A Unix socket is there whichever server is the site: applications set its mode when they listen. The one
   * that a fellow worker has made will do, as long as that lives.
   */
  #openPath(path: string): void {
    const { backlog } = this.requested;
    const acceptor = this.#accept();
    Reflect.apply(nodesListen, acceptor, [{ path, backlog, exclusive: true }]);
    acceptor.unref();
    // Now, and not at "listening": until then a fellow may have put its own in the place.
    if (!acceptor.listening || isAbstract(path)) return;
    this.#inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (this.#mode !== undefined) chmodSync(path, this.#mode);
  }

  #accept(): Server {
    const { server } = this;
    const acceptor = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      server.emit("connection", socket);
    });
    this.#acceptor = acceptor;
    acceptor.once("listening", () => this.#announce());
    return acceptor.on("error", (error: NodeJS.ErrnoException) => {
      if (this.requested.path === undefined || acceptor.listening) {
        if (this.#isOpen) server.emit("error", error);
      } else if (error.code === "EADDRINUSE") {
        void this.#keepPath().then(
          () => this.#announce(),
          () => this.#fail(error),
        );
      } else this.#fail(error);
    });
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    if (this.server.listening) this.server.emit("listening");
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

/** Node's own, undocumented. */
interface Counting {
  _connections: number;
  _emitCloseIfDrained(): void;
}

/**
 * Has a server that listens emit "close" after `ended` at the earliest. Under Node that waits for its
 * connections; here the gateway has them.
 */
export function holdClose(server: Server, ended: Promise<void>): void {
  const counting = server as Server & Counting;
  counting._connections++;
  const release = () => {
    counting._connections--;
    counting._emitCloseIfDrained();
  };
  ended.then(release, release);
}

/** Without DNS: what a name stands for is seen only where the port is opened. */
function addressFor(host: string | undefined): string {
  if (host === undefined) return "::";
  return isIP(host) === 0 ? "127.0.0.1" : host;
}

/** Linux: a name without a file, which is gone with its process. */
function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

/** Whether a process listens on a Unix socket. */
async function accepts(path: string): Promise<boolean> {
  const probe = connect(path);
  try {
    await once(probe, "connect");
    return true;
  } catch (error) {
    // It may be too busy for one connection more: EAGAIN.
    const { code } = error as NodeJS.ErrnoException;
    return code !== "ECONNREFUSED" && code !== "ENOENT";
  } finally {
    probe.destroy();
  }
}
