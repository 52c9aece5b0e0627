import cluster, { type Worker } from "node:cluster";
import type { Beat, FromWorker, ToWorker } from "./messages.ts";

export type WorkerState = "starting" | "ready" | "draining" | "dead";

/** A worker as the primary sees it. */
export class WorkerProcess {
  readonly startedAt = Date.now();
  readonly #worker: Worker;
  #state: WorkerState = "starting";
  #beat: Beat = { inFlight: 0, requests: 0, loop: 0, rss: 0 };
  #failure: string | undefined;

  constructor() {
    this.#worker = cluster.fork();
    this.#worker.on("message", (message: FromWorker) => this.#hear(message));
    this.#worker.once("exit", () => {
      this.#state = "dead";
    });
  }

  get id(): number {
    return this.#worker.id;
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Why the application did not start, in its own words. */
  get failure(): string | undefined {
    return this.#failure;
  }

  status() {
    return { id: this.id, pid: this.pid, state: this.#state, ...this.#beat };
  }

  onReady(told: (port: number) => void): void {
    this.#worker.on("message", (message: FromWorker) => {
      if (message.type === "ready") told(message.port);
    });
  }

  onExit(told: (code: number | null, signal: string | null) => void): void {
    this.#worker.once("exit", (code: number | null, signal: string | null) => told(code, signal));
  }

  tell(message: ToWorker): void {
    if (message.type === "drain") this.#state = "draining";
    if (this.#worker.isConnected()) this.#worker.send(message);
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  #hear(message: FromWorker): void {
    if (message.type === "ready") this.#state = "ready";
    else if (message.type === "failed") this.#failure = message.reason;
    else if (message.type === "beat") this.#beat = message;
  }
}
