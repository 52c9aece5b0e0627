import cluster, { type Worker } from "node:cluster";
import { EventEmitter, once } from "node:events";
import { Handover } from "../primary/handover.ts";
import { type Beat, type FromWorker, isFromWorker, type ToWorker } from "./messages.ts";
import { type Ending, endingOf, type KillReason } from "./worker-ending.ts";
import { mayBecome, type WorkerState } from "./worker-state.ts";

/** The application did not start; the message is its own. */
export class BootError extends Error {
  override readonly name = "BootError";
  /** The stack, or what else is known. */
  readonly detail: string;

  constructor(message: string, detail: string) {
    super(message);
    this.detail = detail;
  }
}

interface Events {
  /** The application has passed startup, ready and the probe; not yet given connections. */
  booted: [];
  state: [from: WorkerState, to: WorkerState];
  beat: [Beat];
  metrics: [readonly object[]];
  /** Something on the worker's standard error. */
  words: [string];
  dead: [Ending];
}

const LAST_WORDS = 8192;

/** How worker processes are started; once, before the first. */
export function prepareWorkers(): void {
  cluster.setupPrimary({
    // Where the inspector would open, should a worker get stuck: see stack-trace.ts.
    execArgv: [...process.execArgv, "--inspect-port=127.0.0.1:0"],
    inspectPort: 0,
    // Standard error comes through the primary, which listens for a worker's last words.
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  // Who reads our standard error may leave: the words are lost, and the primary goes on.
  process.stderr.on("error", () => undefined);
}

/** A worker as the primary sees it. */
export class WorkerProcess extends EventEmitter<Events> {
  readonly startedAt = Date.now();
  readonly generation: number;
  /** Resolves when the worker serves; rejects with BootError when it never will. */
  readonly serving: Promise<void>;
  readonly ended: Promise<Ending>;
  /** How it is given connections. */
  readonly handover: Handover;
  readonly #worker: Worker;
  #state: WorkerState = "starting";
  #heardAt = Date.now();
  #beat: Beat | undefined;
  #failure: { readonly reason: string; readonly detail: string } | undefined;
  #killedFor: KillReason | undefined;
  #lastWords = "";

  constructor(generation: number) {
    super();
    this.generation = generation;
    this.ended = new Promise((resolve) => this.once("dead", resolve));
    this.serving = new Promise((resolve, reject) => {
      this.on("state", (_, to) => to === "ready" && resolve());
      this.once("dead", (ending) => reject(this.#bootError(ending)));
    });
    // Not everybody who starts a worker waits for it.
    this.serving.catch(() => undefined);
    this.#worker = cluster.fork();
    this.handover = new Handover(this.#worker.process);
    this.#worker.on("message", (message: unknown) => {
      // The application may send what it likes on the same channel: process.send("ready").
      if (isFromWorker(message)) this.#hear(message);
    });
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      // A message to a process that is just ending: its exit tells all there is to tell. But one
      // that could not be started has no exit.
      if (this.pid === 0) void this.#bury(null, null, `cannot be started: ${error.message}`);
    });
    this.#worker.process.stderr?.on("data", (chunk) => this.#overhear(chunk));
    this.#worker.process.once("exit", (code, signal) => void this.#bury(code, signal));
  }

  get id(): number {
    return this.#worker.id;
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Milliseconds since the event loop was heard last. */
  get silence(): number {
    return Date.now() - this.#heardAt;
  }

  get beat(): Beat | undefined {
    return this.#beat;
  }

  status() {
    const age = Math.round((Date.now() - this.startedAt) / 1000);
    return {
      id: this.id,
      pid: this.pid,
      generation: this.generation,
      state: this.#state,
      age_s: age,
      ...this.#beat,
    };
  }

  /** The primary has done its part: the worker is given connections from now on. */
  serve(): void {
    this.#become("ready");
  }

  /** Asks the worker to finish; idle connections may stay for `linger` ms. */
  retire(linger: number): void {
    this.#become("retiring");
    this.tell({ type: "retire", linger });
  }

  kill(reason: KillReason): void {
    this.#killedFor ??= reason;
    this.#worker.process.kill("SIGKILL");
  }

  /** Makes Node open the inspector, which even a stuck worker does. */
  openInspector(): void {
    this.#worker.process.kill("SIGUSR1");
  }

  tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }

  #hear(message: FromWorker): void {
    this.#heardAt = Date.now();
    switch (message.type) {
      case "taken":
      case "left":
        this.handover.answered(message);
        return;
      case "ready":
        this.emit("booted");
        return;
      case "failed":
        this.#failure = message;
        return;
      case "metrics":
        this.emit("metrics", message.metrics);
        return;
      case "beat":
        this.#beat = message;
        this.emit("beat", message);
    }
  }

  #overhear(chunk: Buffer): void {
    process.stderr.write(chunk);
    this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS);
    this.emit("words", String(chunk));
  }

  async #bury(code: number | null, signal: string | null, failure?: string): Promise<void> {
    // What a process wrote as it died may be read a moment after its exit is known.
    const { stderr } = this.#worker.process;
    const moment = AbortSignal.timeout(200);
    if (stderr?.closed === false) await once(stderr, "close", { signal: moment }).catch(() => 0);
    const ending = endingOf({
      code,
      signal,
      killedFor: this.#killedFor,
      retired: this.#state === "retiring",
      failure: failure ?? this.#failure?.reason,
      lastWords: this.#lastWords,
    });
    this.#become("dead");
    this.emit("dead", ending);
  }

  #become(state: WorkerState): void {
    const from = this.#state;
    if (!mayBecome(from, state)) return;
    this.#state = state;
    this.emit("state", from, state);
  }

  #bootError({ cause, reason }: Ending): BootError {
    const message = reason === undefined ? cause : `${cause}: ${reason}`;
    return new BootError(message, this.#failure?.detail ?? this.#lastWords.trim());
  }
}
