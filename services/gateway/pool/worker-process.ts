import cluster, { type Worker } from "node:cluster";
import { EventEmitter, once } from "node:events";
import { resolve } from "node:path";
import { mayBecome, type WorkerState } from "@gatehouse/processes";
import { splitSpec } from "../applications/spec.ts";
import { type Ending, endingOf, type KillReason } from "./ending-cause.ts";
import { Handover } from "./handover.ts";
import { environmentOf, type Launch, preloading } from "./launch.ts";
import { type Beat, type FromWorker, isFromWorker, type ToWorker } from "./messages.ts";

/** The application did not start; the message is the application's. */
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
  /** The application has passed startup, ready and the probe; it has no connections yet. */
  booted: [];
  state: [from: WorkerState, to: WorkerState];
  beat: [Beat];
  metrics: [readonly object[]];
  stderr: [string];
  dead: [Ending];
}

/** Characters of a worker's standard error that are kept. */
const STDERR_KEPT = 8192;
/** Milliseconds after an exit in which the rest of its standard error arrives. */
const STDERR_TIMEOUT = 200;

/**
 * Starts a process whose main module is the application, as `node MODULE` does, with the code of the
 * worker preloaded: `require.main === module` and `import.meta.main` hold, and nothing is imitated.
 */
function startProcess(launch: Launch): Worker {
  cluster.setupPrimary({
    exec: resolve(splitSpec(launch.app).module),
    args: [...launch.appArgs],
    // The port of the inspector, which opens only if a worker is stuck: see stack-trace.ts.
    execArgv: [...process.execArgv, "--inspect-port=127.0.0.1:0", ...preloading()],
    inspectPort: 0,
    // The primary reads standard error: its last lines say why a worker died.
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  return cluster.fork(environmentOf(launch));
}

/** What Node says when its inspector opens is not the application's: see stack-trace.ts. */
const INSPECTOR = ["Debugger ", "For help, see: https://nodejs"] as const;

function withoutInspector(text: string): string {
  const lines = text.split("\n");
  return lines.filter((line) => !INSPECTOR.some((words) => line.startsWith(words))).join("\n");
}

/** A worker as the primary sees it. */
export class WorkerProcess extends EventEmitter<Events> {
  readonly generation: number;
  /** Resolves when the worker serves; rejects with BootError when it has ended before. */
  readonly serving: Promise<void>;
  readonly ended: Promise<Ending>;
  readonly handover: Handover;
  readonly #startedAt = performance.now();
  readonly #worker: Worker;
  state: WorkerState = "starting";
  #heardAt = performance.now();
  beat: Beat | undefined;
  #failure: { readonly reason: string; readonly detail: string } | undefined;
  #killedFor: KillReason | undefined;
  /** Where the application listens, as far as it knows, if that is not the gateway's port. */
  ownPort: number | undefined;
  readonly #port: number;
  /** It has been ready. */
  hasServed = false;
  #stderr = "";

  constructor(generation: number, launch: Launch) {
    super();
    this.generation = generation;
    this.#port = launch.port;
    this.ended = new Promise((resolve) => this.once("dead", resolve));
    this.serving = new Promise((resolve, reject) => {
      this.on("state", (_, to) => to === "ready" && resolve());
      this.once("dead", (ending) => reject(this.bootError(ending)));
    });
    // Its rejection may have no listener.
    this.serving.catch(() => undefined);
    this.#worker = startProcess(launch);
    this.handover = new Handover(this.#worker.process);
    this.#worker.on("message", (message: unknown) => {
      // node:cluster may say more.
      if (isFromWorker(message)) this.#receive(message);
    });
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      // A message to an ending process can fail: its exit follows. A process that could not be
      // started has no exit.
      if (this.pid === 0) void this.#end(null, null, `cannot be started: ${error.message}`);
    });
    this.#worker.process.stderr?.on("data", (chunk) => this.#keepStderr(chunk));
    this.#worker.process.once("exit", (code, signal) => void this.#end(code, signal));
  }

  get id(): number {
    return this.#worker.id;
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  get age(): number {
    return performance.now() - this.#startedAt;
  }

  get silence(): number {
    return performance.now() - this.#heardAt;
  }

  status() {
    return {
      id: this.id,
      pid: this.pid,
      generation: this.generation,
      state: this.state,
      age_s: Math.round(this.age / 1000),
      ...this.beat,
    };
  }

  /** The listener is open: the worker gets connections from now on. */
  serve(): void {
    this.#become("ready");
  }

  /** Has the worker finish and exit, within `timeout` ms; idle connections may stay for `linger` ms. */
  retire(linger: number, timeout: number): void {
    this.#become("retiring");
    this.send({ type: "retire", linger, timeout });
  }

  kill(reason: KillReason): void {
    this.#killedFor ??= reason;
    this.#worker.process.kill("SIGKILL");
  }

  /** Makes Node open the inspector, which even a stuck worker does. */
  openInspector(): void {
    this.#worker.process.kill("SIGUSR1");
  }

  send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }

  #receive(message: FromWorker): void {
    this.#heardAt = performance.now();
    switch (message.type) {
      case "taken":
      case "not-taken":
        this.handover.settle(message);
        return;
      case "ready":
        this.ownPort = message.ownPort;
        this.emit("booted");
        return;
      case "failed":
        this.#failure = message;
        return;
      case "metrics":
        this.emit("metrics", message.metrics);
        return;
      case "beat":
        this.beat = message;
        this.emit("beat", message);
    }
  }

  #keepStderr(chunk: Buffer): void {
    process.stderr.write(chunk);
    this.#stderr = (this.#stderr + withoutInspector(String(chunk))).slice(-STDERR_KEPT);
    this.emit("stderr", String(chunk));
  }

  async #end(code: number | null, signal: string | null, failure?: string): Promise<void> {
    // The last output of a process can arrive after its exit.
    const { stderr } = this.#worker.process;
    const timeout = AbortSignal.timeout(STDERR_TIMEOUT);
    if (stderr?.closed === false) await once(stderr, "close", { signal: timeout }).catch(() => 0);
    const ending = endingOf({
      code,
      signal,
      killedFor: this.#killedFor,
      retired: this.state === "retiring",
      failure: failure ?? this.#failure?.reason,
      stderr: this.#stderr,
      port: this.#port,
    });
    this.#become("dead");
    this.emit("dead", ending);
  }

  #become(state: WorkerState): void {
    const from = this.state;
    if (!mayBecome(from, state)) return;
    this.state = state;
    if (state === "ready") this.hasServed = true;
    this.emit("state", from, state);
  }

  /** Why it did not start, the application's own words last. */
  bootError({ cause, reason }: Ending): BootError {
    const message = reason === undefined ? cause : `${cause}: ${reason}`;
    return new BootError(message, this.#failure?.detail ?? this.#stderr.trim());
  }
}
