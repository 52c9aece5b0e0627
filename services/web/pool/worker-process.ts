import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import type { FromWorker, Question, ToWorker } from "./messages.ts";

const ENTRY = join(import.meta.dirname, "../worker.ts");

export type WorkerState = "starting" | "ready" | "ending" | "dead";

/** How a worker ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not start, in its own words. */
  readonly reason: string | undefined;
}

interface Events {
  ready: [];
  dead: [Ending];
}

interface Waiting {
  answer(value: unknown): void;
  refuse(reason: Error): void;
}

/**
 * How V8 collects what lives no longer than a request. In a container of this size it takes 2 MiB or
 * less for it, and collects so often that a request costs a tenth more: 16 MiB cost three times as
 * much memory. And its helper threads fight for the one processor that a worker has.
 */
const COLLECTION = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--no-parallel-scavenge",
];

/** A worker as the primary sees it. */
export class WorkerProcess extends EventEmitter<Events> {
  readonly startedAt = performance.now();
  /** Resolves with how it ended. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #state: WorkerState = "starting";
  #reason: string | undefined;
  #asked = 0;

  /**
   * @param descriptors the listening sockets that it inherits
   * @throws Error where there is no memory for a process at all (spawn ENOMEM)
   */
  constructor(descriptors: readonly number[]) {
    super();
    this.ended = new Promise((ended) => this.once("dead", ended));
    this.#process = fork(ENTRY, process.argv.slice(2), {
      execArgv: [...process.execArgv, ...COLLECTION],
      stdio: ["ignore", "inherit", "inherit", "ipc", ...descriptors],
      serialization: "advanced",
    });
    this.#process.on("message", (message: FromWorker) => this.#hear(message));
    this.#process.on("error", (error) => {
      // A message to a process that is just ending: its exit tells all there is to tell. But one
      // that could not be started has no exit.
      if (this.pid !== 0) return;
      this.#reason = `cannot be started: ${error.message}`;
      this.#bury(null, null);
    });
    this.#process.once("exit", (code, signal) => this.#bury(code, signal));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Milliseconds since its start. */
  get age(): number {
    return performance.now() - this.startedAt;
  }

  tell(message: ToWorker): void {
    if (message.type === "end" && this.#state !== "dead") this.#state = "ending";
    if (this.#process.connected) this.#process.send(message);
  }

  /**
   * Resolves with the worker's answer.
   * @throws Error with the worker's own reason, or when it ends before it has answered.
   */
  async ask(question: Question): Promise<unknown> {
    if (this.#state === "dead") throw new Error("the worker has ended");
    const id = ++this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { answer: resolve, refuse: reject });
    this.tell({ type: "question", id, question });
    return await promise;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        if (this.#state === "starting") this.#state = "ready";
        this.emit("ready");
        return;
      case "failed":
        this.#reason = message.reason;
        return;
      case "answer":
        this.#take(message.id)?.answer(message.value);
        return;
      case "refusal":
        this.#take(message.id)?.refuse(new Error(message.reason));
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #bury(code: number | null, signal: NodeJS.Signals | null): void {
    this.#state = "dead";
    for (const { refuse } of this.#waiting.values()) refuse(new Error("the worker has ended"));
    this.#waiting.clear();
    this.emit("dead", { code, signal, reason: this.#reason });
  }
}
