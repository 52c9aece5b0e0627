import { Backoff } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";
import { Child, type End, fieldsOf } from "./child.ts";

/** Keeps the program of the application running: one that ends is started again. */
export class Program {
  restarts = 0;
  readonly #file: string;
  readonly #bootTime: number;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #logger: Logger;
  readonly #backoff = new Backoff();
  #child: Child | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * @param file what Node runs
   * @param bootTime milliseconds that it must run to count as started
   */
  constructor(file: string, bootTime: number, environment: NodeJS.ProcessEnv, logger: Logger) {
    this.#file = file;
    this.#bootTime = bootTime;
    this.#environment = environment;
    this.#logger = logger;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it. @returns how it ended, if it did so too soon; else undefined, and it is kept running */
  async start(): Promise<End | undefined> {
    const child = this.#run();
    const { promise: started, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, this.#bootTime, undefined);
    const end = await Promise.race([child.ended, started]);
    clearTimeout(timer);
    if (end === undefined) void child.ended.then((later) => this.#ended(later));
    return end;
  }

  /** Sends a TERM, and waits until it has finished what it has in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    const child = this.#child;
    child?.signal("SIGTERM");
    await child?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  #run(): Child {
    const child = new Child(["node", this.#file], this.#environment);
    this.#child = child;
    void child.ended.then(() => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }

  #ended(end: End): void {
    const line = { program: this.#file, ...fieldsOf(end) };
    if (this.#stopped) {
      this.#logger.info("program ended", line);
      return;
    }
    const delay = this.#backoff.after(end.duration);
    this.#logger.error("program ended", { ...line, starts_again_in_ms: delay });
    this.#again = setTimeout(() => {
      this.restarts += 1;
      void this.#run().ended.then((later) => this.#ended(later));
    }, delay);
  }
}
