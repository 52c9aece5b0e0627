import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { mayBecome, type WorkerState } from "@gatehouse/processes";
import type { Call, FromWorker, ToWorker } from "./messages.ts";

const ENTRY = join(import.meta.dirname, "../worker/main.ts");

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not start. */
  readonly reason: string | undefined;
}

interface Events {
  ready: [];
  unfit: [];
  dead: [Ending];
}

/**
 * How V8 collects objects that live no longer than a request. In a small container it takes at most
 * 2 MiB for them and collects so often that a request costs a tenth more; 16 MiB take three times as
 * much memory in all. Its parallel threads would compete for the worker's one processor.
 */
const COLLECTION = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--no-parallel-scavenge",
];

/** A worker as the primary sees it. */
export class WorkerProcess extends EventEmitter<Events> {
  readonly ended: Promise<Ending>;
  readonly #startedAt = performance.now();
  readonly #process: ChildProcess;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  state: WorkerState = "starting";
  #heardAt = performance.now();
  #reason: string | undefined;
  #lastCall = 0;

  /** @throws Error where there is no memory for a process at all (spawn ENOMEM) */
  constructor(descriptors: readonly number[]) {
    super();
    this.ended = new Promise((ended) => this.once("dead", ended));
    this.#process = fork(ENTRY, process.argv.slice(2), {
      execArgv: [...process.execArgv, ...COLLECTION],
      stdio: ["ignore", "inherit", "inherit", "ipc", ...descriptors],
      serialization: "advanced",
    });
    this.#process.on("message", (message: FromWorker) => this.#receive(message));
    this.#process.on("error", (error) => {
      // A message to an ending process can fail: its exit follows. A process that could not be
      // started has no exit.
      if (this.pid !== 0) return;
      this.#reason = `cannot be started: ${error.message}`;
      this.#end(null, null);
    });
    this.#process.once("exit", (code, signal) => this.#end(code, signal));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get age(): number {
    return performance.now() - this.#startedAt;
  }

  get silence(): number {
    return performance.now() - this.#heardAt;
  }

  send(message: ToWorker): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** @throws Error with the worker's reason, or when it ends before it has a result. */
  async call(call: Call): Promise<unknown> {
    if (this.state === "dead") throw new Error("the worker has ended");
    const id = ++this.#lastCall;
    const result = Promise.withResolvers<unknown>();
    this.#calls.set(id, result);
    this.send({ type: "call", id, call });
    return await result.promise;
  }

  retire(): void {
    this.#become("retiring");
    this.send({ type: "retire" });
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #receive(message: FromWorker): void {
    this.#heardAt = performance.now();
    switch (message.type) {
      case "beat":
        return;
      case "ready":
        this.#become("ready");
        this.emit("ready");
        return;
      case "unfit":
        this.emit("unfit");
        return;
      case "failed":
        this.#reason = message.reason;
        return;
      case "result":
        this.#calls.get(message.id)?.resolve(message.value);
        break;
      case "failure":
        this.#calls.get(message.id)?.reject(new Error(message.reason));
    }
    this.#calls.delete(message.id);
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    this.#become("dead");
    for (const { reject } of this.#calls.values()) reject(new Error("the worker has ended"));
    this.#calls.clear();
    this.emit("dead", { code, signal, reason: this.#reason });
  }

  #become(state: WorkerState): void {
    if (mayBecome(this.state, state)) this.state = state;
  }
}
