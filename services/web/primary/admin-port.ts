import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Logger, reasonOf } from "@gatehouse/telemetry";

/** Milliseconds between two tries, while an edge that ends still has the port. */
const INTERVAL = 250;

/**
 * The admin port of one of several edges in a network namespace: the first that no other of them has, so that each
 * can be read apart. It is claimed by a socket without a file, which the kernel closes with the process.
 */
export class AdminPort {
  readonly #first: number;
  readonly #count: number;
  readonly #logger: Logger;
  #claim: Server | undefined;
  #closed = false;

  /** @param count of edges that share the ports: each has one of as many admin ports, from the first on */
  constructor(first: number, count: number, logger: Logger) {
    this.#first = first;
    this.#count = count;
    this.#logger = logger;
  }

  /**
   * Has `listen` called with the port, now, or as soon as an edge that this one takes over from has ended: until then
   * that one responds there.
   * @throws what `listen` throws now; what it throws later is logged
   */
  async open(listen: (port: number) => Promise<void>): Promise<void> {
    const port = await this.#take();
    if (port !== undefined) await listen(port);
    else void this.#openLater(listen);
  }

  /** Gives the port to another one. */
  close(): void {
    this.#closed = true;
    this.#claim?.close();
  }

  async #openLater(listen: (port: number) => Promise<void>): Promise<void> {
    let port: number | undefined;
    while (port === undefined) {
      await pause(INTERVAL, undefined, { ref: false });
      if (this.#closed) return;
      port = await this.#take();
    }
    await listen(port).catch((error: unknown) => {
      this.#logger.error("the edge has no admin port", { port, reason: reasonOf(error) });
    });
  }

  async #take(): Promise<number | undefined> {
    // Port 0 is another one for each; and elsewhere there are no sockets without a file, and no second edge.
    if (this.#first === 0 || process.platform !== "linux") return this.#first;
    for (let port = this.#first; port < this.#first + this.#count; port += 1) {
      const claim = createServer();
      const listening = once(claim, "listening").then(
        () => true,
        () => false,
      );
      claim.listen(`\0gatehouse-edge-${port}`);
      if (!(await listening)) continue;
      this.#claim = claim.unref();
      return port;
    }
    return undefined;
  }
}
