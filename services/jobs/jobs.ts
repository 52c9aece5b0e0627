import { Admin, type Logger, type Readiness, reasonOf } from "@gatehouse/telemetry";
import { type End, fieldsOf } from "./child.ts";
import { Program } from "./program.ts";
import { Claims } from "./schedule/claims.ts";
import { TaskRunner } from "./schedule/runner.ts";
import { readSchedule } from "./schedule/table.ts";
import type { JobsSettings } from "./settings.ts";
import { metricsOf, statusOf } from "./telemetry.ts";

/** Milliseconds between the signal that ends what is late and the KILL. Docker waits for twice this. */
const KILL_AFTER = 5000;

/** The background jobs of the application: its program, and its scheduled tasks. */
export class Jobs {
  readonly #settings: JobsSettings;
  readonly #logger: Logger;
  readonly #program: Program | undefined;
  readonly #tasks: readonly TaskRunner[];
  readonly #admin: Admin;
  #state: Readiness = "starting";

  private constructor(
    settings: JobsSettings,
    logger: Logger,
    program: Program | undefined,
    tasks: readonly TaskRunner[],
  ) {
    this.#settings = settings;
    this.#logger = logger;
    this.#program = program;
    this.#tasks = tasks;
    this.#admin = new Admin({
      livez: () => undefined,
      readyz: () => this.#readiness(),
      metrics: () => metricsOf(this.#readiness(), program, tasks),
      status: () => statusOf(this.#readiness(), program, tasks),
    });
  }

  /**
   * Starts the program, and once it runs the schedule: else the tasks of a release that does not start would run
   * again and again. A program that ends at once ends this process with its exit code.
   * @param environment of the programs and tasks
   * @throws SettingError for a schedule that is wrong, Error if the state cannot be kept
   */
  static async start(
    settings: JobsSettings,
    environment: NodeJS.ProcessEnv,
    logger: Logger,
  ): Promise<Jobs> {
    const { entry, schedule, bootTime, state } = settings;
    const program = entry === "" ? undefined : new Program(entry, bootTime, environment, logger);
    const table = schedule === "" ? [] : await readSchedule(schedule);
    const claims = await Claims.open(state);
    const tasks = table.map((task) => new TaskRunner(task, claims, environment, logger));
    const jobs = new Jobs(settings, logger, program, tasks);
    await jobs.#listen();
    void jobs.#run();
    return jobs;
  }

  async #listen(): Promise<void> {
    const { adminHost: host, adminPort: port, adminSocket: socket } = this.#settings;
    if (port !== 0) await this.#admin.listen({ host, port, socket });
    else if (socket !== "") await this.#admin.listenOn(socket);
  }

  /** Finishes what is in hand, and ends this process. What takes longer than allowed is ended. */
  async drain(): Promise<void> {
    if (this.#state === "draining") return;
    this.#change("draining");
    await this.#end(this.#settings.gracefulTimeout);
  }

  /** Ends everything now. */
  async quit(): Promise<void> {
    this.#change("draining");
    this.#signal("SIGTERM");
    await this.#end(0);
  }

  async #run(): Promise<void> {
    const end = await this.#program?.start();
    if (this.#state === "draining") return;
    if (end !== undefined) this.#failedToStart(end);
    try {
      for (const task of this.#tasks) await task.start();
    } catch (error) {
      this.#logger.error("schedule does not start", { reason: reasonOf(error) });
      process.exit(1);
    }
    if (this.#state === "starting") this.#change("ready");
  }

  #failedToStart(end: End): never {
    // Of a program that failed, its own last line says most: it stays the last one.
    if (!end.exitCode) {
      const { entry: program, bootTime } = this.#settings;
      const soon = `it ran for less than ${bootTime} ms: a program of JOBS keeps running`;
      this.#logger.error("program ended", { program, reason: soon, ...fieldsOf(end) });
    }
    process.exit(end.exitCode || 1);
  }

  async #end(timeout: number): Promise<never> {
    const timers = [
      setTimeout(() => this.#signal("SIGTERM"), timeout),
      setTimeout(() => this.#signal("SIGKILL"), timeout + KILL_AFTER),
    ];
    await Promise.all([this.#program?.stop(), ...this.#tasks.map((task) => task.stop())]);
    for (const timer of timers) clearTimeout(timer);
    this.#admin.close();
    process.exit(0);
  }

  #signal(signal: NodeJS.Signals): void {
    for (const each of [this.#program, ...this.#tasks]) {
      if (each?.isRunning) {
        each.signal(signal);
        this.#logger.warn("not finished in time", { signal });
      }
    }
  }

  #readiness(): Readiness {
    if (this.#state !== "ready" || this.#program === undefined) return this.#state;
    return this.#program.isRunning ? "ready" : "starting";
  }

  #change(to: Readiness): void {
    if (this.#state === to) return;
    this.#logger.info("jobs", { from: this.#state, to });
    this.#state = to;
  }
}
