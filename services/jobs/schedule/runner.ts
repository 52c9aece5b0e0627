import { type Fields, type Logger, reasonOf } from "@gatehouse/telemetry";
import { Child, fieldsOf } from "../child.ts";
import type { Claim, Claims } from "./claims.ts";
import type { Task } from "./table.ts";

/** The clock may be set, so a timer does not run for longer. Node's own limit is 25 days. */
const LONGEST_WAIT = 60_000;
/** Milliseconds between the TERM and the KILL of a run that takes too long. */
const KILL_AFTER = 5000;

/** Why a time has no run here. */
const REFUSED: Readonly<Record<Exclude<Claim, "claimed">, string>> = {
  taken: "another process has run it: only one should have this schedule",
  outdated: "a later time has had its run: was the clock set back?",
};

/** What a task has done since the start. */
export interface TaskCounts {
  succeeded: number;
  failed: number;
  skipped: number;
}

/** Runs one task at its times, never beside itself. */
export class TaskRunner {
  readonly task: Task;
  readonly counts: TaskCounts = { succeeded: 0, failed: 0, skipped: 0 };
  readonly #claims: Claims;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: { readonly child: Child; readonly done: Promise<void> } | undefined;
  #beginning: Promise<void> | undefined;
  #stopped = false;
  /** Up to this time, none is left that should have a run. */
  #settled: Date | undefined;
  /** How the last claim went. */
  #claimed: Claim | undefined;

  constructor(task: Task, claims: Claims, environment: NodeJS.ProcessEnv, logger: Logger) {
    this.task = task;
    this.#claims = claims;
    this.#environment = environment;
    this.#logger = logger;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Milliseconds since the first time that is due and has had no run; 0 if there is none. */
  overdue(now: Date): number {
    const due = this.#settled && this.task.nextAfter(this.#settled);
    return due === undefined ? 0 : Math.max(0, now.getTime() - due.getTime());
  }

  /**
   * Makes up for a missed time, then waits for the next one; nothing if it was stopped.
   * @throws Error if the claims cannot be read
   */
  async start(now = new Date()): Promise<void> {
    this.#beginning = this.#makeUp(now);
    await this.#beginning;
    this.#wait(now);
  }

  /** No run begins any more. Resolves when the one that runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    // That it failed is known where it was begun.
    await Promise.allSettled([this.#beginning]);
    await this.#running?.done;
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.child.signal(signal);
  }

  async #makeUp(now: Date): Promise<void> {
    if (this.#stopped) return;
    const due = await this.#missed(now);
    if (due === undefined) this.#settled = now;
    else await this.#begin(due, true);
  }

  /** The last time that passed since the last run while nothing ran; undefined if none did. */
  async #missed(now: Date): Promise<Date | undefined> {
    const last = await this.#claims.last(this.task.name);
    if (last === undefined) {
      // Of a new task, no time has passed yet.
      await this.#claims.claim(this.task.name, now);
      return undefined;
    }
    const due = this.task.lastUpTo(now);
    if (due === undefined || due <= last || this.task.missed === "skip") return undefined;
    this.#settled = last;
    return due;
  }

  /** The time after a moment; of times that passed while the machine slept, the last one or none. */
  #next(after: Date): Date | undefined {
    const now = new Date();
    const next = this.task.nextAfter(after);
    if (next === undefined || next > now) return next;
    const last = this.task.lastUpTo(now) ?? next;
    const late = now.getTime() - last.getTime() > LONGEST_WAIT;
    if (!late || this.task.missed === "run") return last;
    this.#settled = now;
    return this.task.nextAfter(now);
  }

  #wait(after: Date): void {
    const due = this.#stopped ? undefined : this.#next(after);
    if (due === undefined) return;
    const left = due.getTime() - Date.now();
    this.#timer = setTimeout(
      async () => {
        if (left > LONGEST_WAIT) return this.#wait(after);
        this.#beginning = this.#begin(due, false);
        await this.#beginning;
        this.#wait(due);
      },
      Math.max(0, Math.min(left, LONGEST_WAIT)),
    );
  }

  async #begin(due: Date, missed: boolean): Promise<void> {
    if (this.#stopped) return;
    const fields = { task: this.task.name, due: due.toISOString() };
    if (this.#running !== undefined) {
      this.counts.skipped += 1;
      this.#logger.warn("task skipped", { ...fields, reason: "its last run has not ended" });
      return;
    }
    if (!(await this.#claim(due, fields))) return;
    const own = { SCHEDULED_TASK: fields.task, SCHEDULED_AT: fields.due };
    const child = new Child(this.task.command, { ...this.#environment, ...own });
    const done = this.#follow(child, missed ? { ...fields, missed } : fields);
    this.#running = { child, done };
  }

  /** Claims a time for its run. @returns false if it must not begin, which is counted and logged */
  async #claim(due: Date, fields: Fields): Promise<boolean> {
    const before = this.#claimed;
    try {
      const claim = await this.#claims.claim(this.task.name, due);
      this.#claimed = claim;
      if (claim !== "outdated") this.#settled = due;
      if (claim === "claimed") return true;
      // Once: of a clock that was set back by an hour, all times of that hour are refused.
      if (claim !== before) {
        this.#logger.warn("task skipped", { ...fields, reason: REFUSED[claim] });
      }
    } catch (error) {
      this.#logger.error("task skipped", { ...fields, reason: reasonOf(error) });
    }
    this.counts.skipped += 1;
    return false;
  }

  async #follow(child: Child, fields: Fields): Promise<void> {
    let late = false;
    const timers = [
      setTimeout(() => {
        late = true;
        child.signal("SIGTERM");
      }, this.task.timeout * 1000),
      setTimeout(() => child.signal("SIGKILL"), this.task.timeout * 1000 + KILL_AFTER),
    ];
    const end = await child.ended;
    for (const timer of timers) clearTimeout(timer);
    this.#running = undefined;
    const succeeded = end.exitCode === 0 && !late;
    this.counts[succeeded ? "succeeded" : "failed"] += 1;
    const reason = late ? { reason: `it took longer than ${this.task.timeout} s` } : {};
    const line = { ...fields, ...fieldsOf(end), ...reason };
    this.#logger[succeeded ? "info" : "error"]("task ended", line);
  }
}
