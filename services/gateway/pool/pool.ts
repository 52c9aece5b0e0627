import { EventEmitter } from "node:events";
import { Backoff, Mutex, type WorkerState } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import type { StandingConfiguration } from "../configuration.ts";
import type { Ending } from "./ending-cause.ts";
import type { Launch } from "./launch.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Milliseconds that a retiring worker waits for the first request of a new connection. */
const FIRST_REQUEST = 250;

interface Listener {
  readonly port: number;
  /** Begins to listen; later calls only wait for the first. @throws the listening error */
  open(): Promise<void>;
  /** Takes connections of this host on these ports too, and on no others any more. */
  openBeside(ports: readonly number[]): void;
  add(worker: WorkerProcess): void;
  remove(worker: WorkerProcess): void;
  /** The same for a dead worker; the connections that it never took go to the others. */
  reclaim(worker: WorkerProcess): void;
}

interface Events {
  spawned: [WorkerProcess];
  ended: [WorkerProcess, Ending];
  resized: [size: number, before: number];
  error: [unknown];
}

/**
 * Keeps a number of workers running. Every planned change (reload, recycling, scaling) takes its
 * turn and consists of the same step: a new worker is ready before one old worker retires. So there
 * is never more than one worker above the size, and never one below it.
 */
export class Pool extends EventEmitter<Events> {
  readonly #listener: Listener;
  readonly #logger: Logger;
  readonly #workers = new Set<WorkerProcess>();
  readonly #respawns = new Set<NodeJS.Timeout>();
  readonly #backoff = new Backoff();
  readonly #mutex = new Mutex();
  readonly #standing: StandingConfiguration;
  size: number;
  /** What the next workers are started with. */
  launch: Launch;
  generation = 1;
  /** The step in progress: `fresh` is above the size until `old` has ended. */
  #step: { readonly fresh: WorkerProcess; readonly old: WorkerProcess | undefined } | undefined;
  #stopping = false;

  constructor(
    size: number,
    launch: Launch,
    standing: StandingConfiguration,
    listener: Listener,
    logger: Logger,
  ) {
    super();
    this.size = size;
    this.launch = launch;
    this.#standing = standing;
    this.#listener = listener;
    this.#logger = logger;
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  get ready(): number {
    return this.#count("ready");
  }

  start(): void {
    // The reader of our own standard error may go away: the primary runs on.
    process.stderr.on("error", () => undefined);
    this.#fill();
  }

  /**
   * Replaces every worker, one at a time, by one that loads the application anew.
   * @throws BootError when a new worker does not start: the old ones that are left keep serving.
   */
  reload(): Promise<void> {
    return this.#mutex.run(async () => {
      this.generation++;
      this.#backoff.reset();
      await this.#complete();
      // A worker that was starting when the reload began may have loaded the old code.
      const old = this.workers.filter(
        ({ state, generation }) => state === "ready" && generation < this.generation,
      );
      for (const worker of old) await this.#replace(worker, "reload");
      await this.#complete();
    });
  }

  /** Replaces one worker that is due. @throws BootError: the old one keeps serving. */
  recycle(worker: WorkerProcess, reason: string): Promise<void> {
    return this.#mutex.run(() => this.#replace(worker, reason));
  }

  /** Adds or retires workers until there are `size`. @throws BootError: as many as could start. */
  scale(size: number): Promise<void> {
    return this.#mutex.run(() => this.#scaleTo(size));
  }

  /** The same by a difference to the size that earlier changes lead to, down to one worker. */
  scaleBy(difference: number): Promise<void> {
    return this.#mutex.run(() => this.#scaleTo(Math.max(1, this.size + difference)));
  }

  /** Kills a worker at once. Resolves when its replacement serves. @throws BootError */
  async kill(worker: WorkerProcess): Promise<void> {
    this.#backoff.reset();
    worker.kill("killed by the operator");
    await worker.ended;
    await this.#complete();
  }

  lameDuck(): void {
    this.#stopping = true;
    for (const respawn of this.#respawns) clearTimeout(respawn);
    for (const worker of this.#workers) {
      if (worker.state === "starting") worker.kill("quick stop");
      else worker.send({ type: "lame-duck" });
    }
  }

  /** Resolves when every worker has ended, with how many were killed after `timeout` ms. */
  async drain(timeout: number): Promise<number> {
    this.lameDuck();
    for (const worker of this.#workers) worker.retire(FIRST_REQUEST, timeout);
    let cut = 0;
    const late = setTimeout(() => {
      cut = this.#workers.size;
      this.#logger.warn("graceful timeout: requests were cut", { workers: cut });
      for (const worker of this.#workers) worker.kill("graceful timeout");
    }, timeout);
    await Promise.all(this.workers.map(({ ended }) => ended));
    clearTimeout(late);
    return cut;
  }

  async quit(): Promise<void> {
    this.lameDuck();
    for (const worker of this.#workers) worker.kill("quick stop");
    await Promise.all(this.workers.map(({ ended }) => ended));
  }

  async #replace(old: WorkerProcess | undefined, reason: string): Promise<void> {
    if (this.#stopping) throw new Error("the gateway is stopping");
    // It died before this turn, and has been replaced already.
    if (old?.state === "retiring" || old?.state === "dead") return;
    const fresh = this.#spawn();
    this.#step = { fresh, old };
    try {
      await fresh.serving;
    } finally {
      this.#step = undefined;
      this.#fill();
    }
    if (old?.state === "ready") await this.#retire(old, reason);
  }

  async #retire(worker: WorkerProcess, reason: string): Promise<void> {
    const { lameDuck, gracefulTimeout } = this.#standing.settings;
    this.#logger.info("worker retires", { pid: worker.pid, reason });
    this.#listener.remove(worker);
    const timeout = lameDuck + gracefulTimeout;
    worker.retire(Math.max(lameDuck, FIRST_REQUEST), timeout);
    const late = setTimeout(() => worker.kill("graceful timeout"), timeout);
    await worker.ended;
    clearTimeout(late);
  }

  async #scaleTo(size: number): Promise<void> {
    while (this.size < size) {
      await this.#replace(undefined, "scale");
      this.#resize(this.size + 1);
    }
    while (this.size > size) {
      this.#resize(this.size - 1);
      const oldest = this.workers.find(({ state }) => state === "ready");
      if (oldest !== undefined) await this.#retire(oldest, "scale");
    }
  }

  #resize(size: number): void {
    const before = this.size;
    this.size = size;
    this.emit("resized", size, before);
  }

  #count(state: WorkerState): number {
    let count = 0;
    for (const worker of this.#workers) if (worker.state === state) count++;
    return count;
  }

  /** How many workers are neither running nor about to be started. */
  get #missing(): number {
    const { fresh, old } = this.#step ?? {};
    const surplus = fresh?.state === "starting" && (old === undefined || old.state === "ready");
    const present = this.#count("starting") + this.#count("ready") - (surplus ? 1 : 0);
    return this.size - present - this.#respawns.size;
  }

  #fill(): void {
    try {
      while (!this.#stopping && this.#missing > 0) this.#spawn();
    } catch (error) {
      // No memory for a process at all: spawn ENOMEM.
      this.#logger.error("a worker cannot be started", { reason: String(error) });
      this.#respawn(this.#backoff.after(0));
    }
  }

  /** Starts missing workers at once, whatever their back-off. Resolves when none is missing. */
  async #complete(): Promise<void> {
    for (const respawn of this.#respawns) clearTimeout(respawn);
    this.#respawns.clear();
    this.#fill();
    const starting = this.workers.filter(({ state }) => state === "starting");
    await Promise.all(starting.map(({ serving }) => serving));
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess(this.generation, this.launch);
    this.#workers.add(worker);
    worker.once("booted", () => void this.#admit(worker));
    worker.on("state", (from, to) => {
      const line = { pid: worker.pid, from, to, generation: worker.generation };
      this.#logger.info("worker state", { ...line, port: this.#listener.port });
    });
    worker.once("dead", (ending) => this.#remove(worker, ending));
    this.emit("spawned", worker);
    return worker;
  }

  async #admit(worker: WorkerProcess): Promise<void> {
    try {
      await this.#listener.open();
    } catch (error) {
      this.emit("error", error);
      return;
    }
    this.#openOwnPorts();
    worker.serve();
    if (worker.state === "ready") this.#listener.add(worker);
  }

  #openOwnPorts(): void {
    const ports = this.workers.map(({ ownPort }) => ownPort);
    this.#listener.openBeside(ports.filter((port) => port !== undefined));
  }

  #remove(worker: WorkerProcess, ending: Ending): void {
    this.#workers.delete(worker);
    this.#listener.reclaim(worker);
    if (worker.ownPort !== undefined) this.#openOwnPorts();
    this.emit("ended", worker, ending);
    const line = { pid: worker.pid, ...ending };
    // The application's own words are the last: behind the log lines of its end.
    if (!this.#stopping && !worker.hasServed) {
      setImmediate(() => process.stderr.write(`${worker.bootError(ending).message}\n`));
    }
    if (this.#stopping || ending.cause === "retired") {
      this.#logger.info("worker ended", line);
      return;
    }
    // A fresh worker of a planned change that fails is not missing, and no part of a crash loop.
    if (this.#missing <= 0) {
      this.#logger.error("worker died", line);
      return;
    }
    const delay = this.#backoff.after(worker.age);
    this.#logger.error("worker died", { ...line, replaced_in_ms: delay });
    this.#respawn(delay);
  }

  #respawn(delay: number): void {
    const respawn = setTimeout(() => {
      this.#respawns.delete(respawn);
      this.#fill();
    }, delay);
    this.#respawns.add(respawn);
  }
}
