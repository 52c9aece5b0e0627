import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@gatehouse/telemetry";
import { Backoff } from "./backoff.ts";
import type { Question, ToWorker } from "./messages.ts";
import { type Ending, WorkerProcess } from "./worker-process.ts";

/** How often each worker is asked whether its loop still turns, in ms. */
const CHECK_INTERVAL = 1000;
/** Milliseconds after which a worker that does not answer is stuck for good. */
const LONGEST_SILENCE = 10_000;
/** How long a survey waits for the workers, in ms. */
const SURVEY_TIME = 500;

interface Events {
  spawned: [WorkerProcess];
  ready: [WorkerProcess];
  ended: [WorkerProcess, Ending];
}

/** The places of the workers: who crashes is replaced, who is stuck is killed first. */
export class Workers extends EventEmitter<Events> {
  readonly #size: number;
  readonly #logger: Logger;
  readonly #descriptors: readonly number[];
  readonly #workers = new Set<WorkerProcess>();
  /** Those whose answer to the last check is still due. */
  readonly #asked = new Set<WorkerProcess>();
  readonly #checks: NodeJS.Timeout;
  #ending = false;

  constructor(size: number, descriptors: readonly number[], logger: Logger) {
    super();
    this.#size = size;
    this.#descriptors = descriptors;
    this.#logger = logger;
    this.#checks = setInterval(() => this.#check(), CHECK_INTERVAL).unref();
  }

  get list(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  /** Whether they were told to end. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Whether anybody serves. */
  get serving(): boolean {
    return this.#ready.length > 0;
  }

  start(): void {
    for (let place = 0; place < this.#size; place++) void this.#fill(new Backoff());
  }

  /** The answers of all workers that serve. @throws the first worker's reason not to answer. */
  askAll(question: Question): Promise<unknown[]> {
    return Promise.all(this.#ready.map((worker) => worker.ask(question)));
  }

  /** The answers that come within a moment; a worker that is stuck or dies gives none. */
  async survey(question: Question): Promise<ReadonlyMap<WorkerProcess, unknown>> {
    const answers = new Map<WorkerProcess, unknown>();
    const asked = this.#ready.map(async (worker) => {
      const answer = await worker.ask(question).catch(() => undefined);
      if (answer !== undefined) answers.set(worker, answer);
    });
    const moment = new AbortController();
    const over = pause(SURVEY_TIME, undefined, { signal: moment.signal }).catch(() => undefined);
    await Promise.race([over, Promise.all(asked)]);
    moment.abort();
    return answers;
  }

  tellAll(message: ToWorker): void {
    for (const worker of this.#workers) worker.tell(message);
  }

  /** Has all workers finish and exit; kills those that have not after `patience` ms. */
  async end(patience: number): Promise<void> {
    this.#ending = true;
    clearInterval(this.#checks);
    this.tellAll({ type: "end" });
    const over = setTimeout(() => this.kill(), patience);
    await Promise.all(this.list.map(({ ended }) => ended));
    clearTimeout(over);
  }

  kill(): void {
    this.#ending = true;
    for (const worker of this.#workers) worker.kill();
  }

  get #ready(): WorkerProcess[] {
    return this.list.filter(({ state }) => state === "ready");
  }

  /** Keeps one place filled for as long as the edge lives. */
  async #fill(backoff: Backoff): Promise<void> {
    while (!this.#ending) {
      const worker = this.#spawn();
      if (worker === undefined) {
        await pause(backoff.after(0));
        continue;
      }
      this.#workers.add(worker);
      worker.once("ready", () => this.emit("ready", worker));
      this.emit("spawned", worker);
      const ending = await worker.ended;
      this.#workers.delete(worker);
      this.emit("ended", worker, ending);
      if (this.#ending) return;
      const delay = backoff.after(worker.age);
      this.#logger.error("worker ended", { pid: worker.pid, ...ending, restart_ms: delay });
      await pause(delay, undefined, { ref: true });
    }
  }

  #spawn(): WorkerProcess | undefined {
    try {
      return new WorkerProcess(this.#descriptors);
    } catch (error) {
      this.#logger.error("worker cannot be started", { reason: String(error) });
      return undefined;
    }
  }

  #check(): void {
    for (const worker of this.#ready) {
      if (this.#asked.has(worker)) continue;
      this.#asked.add(worker);
      const stuck = setTimeout(() => {
        this.#logger.error("worker stuck: it is killed", { pid: worker.pid });
        worker.kill();
      }, LONGEST_SILENCE);
      void worker
        .ask({ about: "health" })
        .catch(() => undefined)
        .finally(() => {
          clearTimeout(stuck);
          this.#asked.delete(worker);
        });
    }
  }
}
