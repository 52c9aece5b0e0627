import { type AddressInfo, createServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { WaitingConnection } from "./handover.ts";

const POLL = 20;
const PASS_ON_ROUND = 50;

/** Where the gateway listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
}

/**
 * The gateway's one listening socket. The primary accepts, and hands each connection to the worker
 * that has waited longest and has nothing left to take. Node's own distribution in node:cluster
 * closes the socket with the last worker and leaves a connection hanging that it had handed to a
 * worker which then died; here it waits for the next worker.
 */
export class Listener {
  readonly #address: ListenAddress;
  readonly #server: Server;
  /** In the order of their turns. */
  readonly #workers: WorkerProcess[] = [];
  readonly #waiting: WaitingConnection[] = [];
  #opening: Promise<void> | undefined;
  /** Looks after connections that workers were handed and have not taken yet. */
  #rounds: NodeJS.Timeout | undefined;
  readonly #trouble: (error: Error) => void;
  #port = 0;
  #accepted = 0;

  /** @param trouble is told why a connection could not be accepted, such as EMFILE. */
  constructor(address: ListenAddress, trouble: (error: Error) => void) {
    this.#address = address;
    this.#trouble = trouble;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      this.#accepted++;
      // A client that resets while it waits is noticed by the worker.
      socket.on("error", () => undefined);
      if (this.#waiting.length >= address.backlog) socket.destroy();
      else {
        const now = Date.now();
        this.#waiting.push({ socket, acceptedAt: now, handedAt: now, passedOn: false });
        this.#dispatch();
      }
    });
  }

  /**
   * Begins to listen; later calls only wait for the first.
   * @throws the listening error, such as EADDRINUSE.
   */
  open(): Promise<void> {
    this.#opening ??= new Promise((listening, failed) => {
      this.#server.on("error", failed).listen(this.#address, () => {
        this.#server.off("error", failed);
        this.#port = (this.#server.address() as AddressInfo).port;
        this.#server.on("error", this.#trouble);
        listening();
      });
    });
    return this.#opening;
  }

  /** The port that was bound, for a configured port of 0; 0 until then. */
  get port(): number {
    return this.#port;
  }

  /** Connections that no worker has been handed yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Gives connections to a worker from now on. */
  join(worker: WorkerProcess): void {
    this.#workers.push(worker);
    worker.handover.on("free", () => this.#dispatch());
    worker.handover.on("left", (connection) => this.#retake([connection]));
    this.#dispatch();
  }

  /** Gives no more connections to a worker. */
  leave(worker: WorkerProcess): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#workers.splice(index, 1);
  }

  /** What a dead worker never took goes to the others, ahead of those that came later. */
  inherit(worker: WorkerProcess): void {
    this.leave(worker);
    this.#retake(worker.handover.reclaim());
  }

  /**
   * Accepts nothing more, once what the kernel had already queued has been accepted and handed to
   * the workers.
   * @param patience milliseconds that the workers have for taking it.
   */
  async close(patience: number): Promise<void> {
    // libuv accepts one connection a poll; no more than the backlog can have been queued.
    for (let left = this.#address.backlog; left > 0; left--) {
      const before = this.#accepted;
      await new Promise((polled) => setImmediate(() => setImmediate(polled)));
      if (this.#accepted === before) break;
    }
    this.#server.close();
    const deadline = Date.now() + patience;
    while (this.#waiting.length > 0 && Date.now() < deadline) await pause(POLL);
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
  }

  #retake(connections: readonly WaitingConnection[]): void {
    this.#waiting.unshift(...connections);
    this.#dispatch();
  }

  /** What a worker is too busy to take goes to one that is not. */
  #passOn(): void {
    const free = this.#workers.filter(({ handover }) => handover.free);
    if (free.length === this.#workers.length) {
      clearInterval(this.#rounds);
      this.#rounds = undefined;
    }
    if (free.length === 0) return;
    this.#retake(this.#workers.flatMap(({ handover }) => handover.passOn()));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const index = this.#workers.findIndex(({ handover }) => handover.free);
      const [worker] = index < 0 ? [] : this.#workers.splice(index, 1);
      const connection = worker && this.#waiting.shift();
      if (worker === undefined || connection === undefined) return;
      this.#workers.push(worker);
      worker.handover.hand(connection);
      // Not before a poll for messages: what a worker has taken must be known by then.
      this.#rounds ??= setInterval(() => setImmediate(() => this.#passOn()), PASS_ON_ROUND).unref();
    }
  }
}
