import { rmSync } from "node:fs";
import {
  type AddressInfo,
  BoundSocket,
  createServer,
  isIP,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { endsOfUnixSocket, type SocketEnds } from "../http/socket-ends.ts";
import type { WaitingConnection } from "../pool/handover.ts";
import { sharedTime } from "../pool/shared-time.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { GatewaySettings } from "../settings.ts";
import { type OwnPortEvents, OwnPorts } from "./own-ports.ts";

/** Milliseconds. */
const [POLL_INTERVAL, PASS_ON_INTERVAL] = [20, 50];

const OPTIONS = { pauseOnConnect: true, noDelay: true } as const;

const NO_EVENTS = { taken: () => undefined, opened: () => undefined };

type Worker = Pick<WorkerProcess, "handover">;

type ListenAddress = Pick<GatewaySettings, "host" | "port" | "backlog" | "socketDirectory">;

/**
 * Where the gateway listens: its port, and a Unix socket where it has a folder for it. The primary accepts, and offers each connection to the worker
 * that has waited longest and has taken all its earlier ones. node:cluster would close the socket
 * with the last worker, and lose the connections that a dying worker had not taken; here they wait
 * for the next worker.
 */
export class Listener {
  readonly #address: ListenAddress;
  readonly #server: Server;
  /** The Unix socket's. */
  #local: Server | undefined;
  readonly #ownPorts: OwnPorts;
  /** The one that has waited longest is first. */
  readonly #workers: Worker[] = [];
  readonly #waiting: WaitingConnection[] = [];
  /** Where any port would do. */
  #bound: BoundSocket | undefined;
  #opening: Promise<void> | undefined;
  #checks: NodeJS.Timeout | undefined;
  readonly #failed: (error: Error) => void;
  port = 0;
  #accepted = 0;
  #closed = false;

  /**
   * @param failed is called when a connection could not be accepted, with an error such as EMFILE
   * @param ownPorts is called where something else has the port on which an application may call
   * itself, and once that is open
   */
  constructor(
    address: ListenAddress,
    failed: (error: Error) => void,
    ownPorts: Pick<OwnPortEvents, "taken" | "opened"> = NO_EVENTS,
  ) {
    this.#address = address;
    this.#failed = failed;
    const accept = (socket: Socket) => this.#accept(socket, undefined);
    this.#ownPorts = new OwnPorts({ ...ownPorts, accept, failed });
    this.#server = createServer(OPTIONS, (socket) => this.#accept(socket, undefined));
  }

  /**
   * The port, before it is open: port 0 is settled now. @returns 0 where it is not known, since the
   * host is a name
   */
  reserve(): number {
    const { host, port } = this.#address;
    if (port !== 0 || isIP(host) === 0) return port;
    this.#bound = new BoundSocket({ host, port });
    return this.#bound.address().port;
  }

  /** The name of the Unix socket in its folder, once it is open. */
  get socketName(): string | undefined {
    return this.#local?.listening ? this.#nameOfSocket : undefined;
  }

  /** Later calls only wait for the first. @throws the listening error, such as EADDRINUSE */
  open(): Promise<void> {
    this.#opening ??= this.#listen();
    return this.#opening;
  }

  /** @param ports where the workers' applications listen, as far as they know */
  openBeside(ports: readonly number[]): void {
    // The workers end one after the other: each is a change.
    if (this.#closed) return;
    this.#ownPorts.follow(new Set(ports.filter((port) => port !== this.port)));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(worker: Worker): void {
    this.#workers.push(worker);
    worker.handover.on("free", () => this.#dispatch());
    worker.handover.on("not-taken", (connection) => this.#retake([connection]));
    this.#dispatch();
  }

  remove(worker: Worker): void {
    const index = this.#workers.indexOf(worker);
    if (index >= 0) this.#workers.splice(index, 1);
  }

  /** What a dead worker never took goes to the others, ahead of later connections. */
  reclaim(worker: Worker): void {
    this.remove(worker);
    this.#retake(worker.handover.reclaim());
  }

  /**
   * Accepts what is in the kernel's backlog, then no more; resolves when the workers have it.
   * @param timeout milliseconds that the workers have for taking it
   * @param hasWorker whether there is still one that could
   */
  async close(timeout: number, hasWorker = () => true): Promise<void> {
    // libuv accepts one connection a poll of each; the kernel has queued at most the backlog.
    for (let left = this.#address.backlog; left > 0; left--) {
      const before = this.#accepted;
      await new Promise((polled) => setImmediate(() => setImmediate(polled)));
      if (this.#accepted === before) break;
    }
    this.#closed = true;
    this.#server.close();
    this.#local?.close();
    this.#ownPorts.follow(new Set());
    const deadline = performance.now() + timeout;
    while (this.#waiting.length > 0 && performance.now() < deadline && hasWorker()) {
      await pause(POLL_INTERVAL);
    }
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
  }

  async #listen(): Promise<void> {
    const { backlog, socketDirectory } = this.#address;
    const { host, port } = this.#address;
    const where = this.#bound === undefined ? { host, port } : { handle: this.#bound };
    await this.#begin(this.#server, { ...where, backlog });
    this.port = (this.#server.address() as AddressInfo).port;
    if (socketDirectory === "") return;
    const path = join(socketDirectory, this.#nameOfSocket);
    // Of a gateway of this name that was killed.
    rmSync(path, { force: true });
    const ends = endsOfUnixSocket(this.port);
    const local = createServer(OPTIONS, (socket) => this.#accept(socket, ends));
    await this.#begin(local, { path, backlog });
    this.#local = local;
  }

  async #begin(server: Server, where: ListenOptions): Promise<void> {
    await new Promise<void>((listening, refused) => {
      server.once("error", refused).listen(where, () => {
        server.off("error", refused).on("error", this.#failed);
        listening();
      });
    });
  }

  /** In a folder that several containers or gateways of one host share. */
  get #nameOfSocket(): string {
    return `${hostname()}-${this.port}.sock`;
  }

  #accept(socket: Socket, ends: SocketEnds | undefined): void {
    this.#accepted++;
    // The worker notices a client that resets its connection while it waits.
    socket.on("error", () => undefined);
    if (this.#waiting.length >= this.#address.backlog) socket.destroy();
    else {
      const now = sharedTime();
      this.#waiting.push({ socket, ends, acceptedAt: now, offeredAt: now, passedOn: false });
      this.#dispatch();
    }
  }

  #retake(connections: readonly WaitingConnection[]): void {
    this.#waiting.unshift(...connections);
    this.#dispatch();
  }

  #passOn(): void {
    const free = this.#workers.filter(({ handover }) => handover.free);
    if (free.length === this.#workers.length) {
      clearInterval(this.#checks);
      this.#checks = undefined;
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
      worker.handover.offer(connection);
      // After a poll for messages, so that a connection which was taken in time is not passed on.
      this.#checks ??= setInterval(
        () => setImmediate(() => this.#passOn()),
        PASS_ON_INTERVAL,
      ).unref();
    }
  }
}
