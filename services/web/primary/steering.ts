import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";

/** A listening socket that shares its port with those of other edges. */
export interface SharedSocket {
  readonly port: number;
  readonly descriptor: number;
}

const PROGRAM = join(import.meta.dirname, "steer.pl");

/** Milliseconds within which an edge that runs closes a connection on which its client says nothing. */
const PROBE_TIMEOUT = 500;

/**
 * Keeps new connections from edges that are frozen: the kernel divides connections among all listening sockets of a
 * port, and one of a frozen process stays among them. Linux only.
 */
export class Steering {
  readonly #sockets: readonly SharedSocket[];
  readonly #most: number;
  /** By port: the place of the socket that gets all connections. */
  readonly #places = new Map<number, number>();

  /** @param most sockets that may share a port */
  constructor(sockets: readonly SharedSocket[], most: number) {
    this.#sockets = sockets;
    this.#most = most;
  }

  get active(): boolean {
    return this.#places.size > 0;
  }

  /**
   * Gives all new connections to one edge that responds; call it again to have that checked.
   * @throws Error where the kernel or the system has no such thing
   */
  async aroundFrozen(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => this.#steer(socket)));
  }

  /** Has the connections divided among all again. @throws Error */
  async end(): Promise<void> {
    this.#places.clear();
    await Promise.all(this.#sockets.map(({ descriptor }) => setPlace(descriptor)));
  }

  async #steer({ port, descriptor }: SharedSocket): Promise<void> {
    const present = this.#places.get(port);
    if (present !== undefined && (await responds(port))) return;
    // The place of a socket is not to be asked for: a try says whether the one there responds.
    for (let place = 0; place < this.#most; place += 1) {
      await setPlace(descriptor, place);
      if (!(await responds(port))) continue;
      this.#places.set(port, place);
      return;
    }
    this.#places.delete(port);
    await setPlace(descriptor);
  }
}

async function setPlace(descriptor: number, place?: number): Promise<void> {
  const args = [PROGRAM, ...(place === undefined ? [] : [String(place)])];
  const child = spawn("perl", args, { stdio: ["ignore", "ignore", "pipe", descriptor] });
  let reason = "";
  child.stderr?.setEncoding("utf8").on("data", (words) => {
    reason += words;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`connections cannot be steered: ${reason.trim()}`);
}

/** Whether a connection to the port is closed by who serves it, after its client has closed its side. */
function responds(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (closed: boolean) => {
      clearTimeout(late);
      socket.destroy();
      resolve(closed);
    };
    const late = setTimeout(() => end(false), PROBE_TIMEOUT);
    socket.on("connect", () => socket.end());
    socket.on("error", ({ code }: NodeJS.ErrnoException) => end(code === "ECONNRESET"));
    socket.resume().on("end", () => end(true));
    socket.on("close", () => end(true));
  });
}
