import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { type BootLog, failurePage } from "./boot-failure.ts";
import { STEPS, type Step } from "./change.ts";
import { Child, EverythingEnds } from "./child.ts";
import { logLine } from "./log-line.ts";
import type { programs } from "./programs.ts";
import type { Relay } from "./relay.ts";

type Tier = "gateway" | "edge" | "jobs" | "compiler";

/** A line of a tier that has started, or not; of the compiler once it has compiled, with errors or without. */
const STARTED = /"to":"ready"|"message":"worker died"/;
const COMPILED = /watching for/i;

/** The steps that a start runs before the tiers. */
const ONCE: ReadonlySet<Step> = new Set(["migrate", "static"]);

/** EX_USAGE of sysexits.h: an application need not have anything to seed. */
const NO_SUCH_COMMAND = 64;

/** The gateway and the edge as processes of this machine, and the commands that they need. */
export class Chain {
  readonly #programs: ReturnType<typeof programs>;
  readonly #relay: Relay;
  readonly #bootLog: BootLog;
  /** The file with the ids of the processes. */
  readonly #file: string;
  readonly #running = new Map<Tier, Child>();
  #work: Promise<void> = Promise.resolve();
  #jobsWork: Promise<void> = Promise.resolve();
  /** Whether the tiers have begun to read the application's files. */
  #loads = false;

  /**
   * @param relay what the edge sends its requests to
   * @param bootLog what has read the lines of the gateway
   */
  constructor(
    folder: string,
    chainPrograms: ReturnType<typeof programs>,
    relay: Relay,
    bootLog: BootLog,
  ) {
    this.#programs = chainPrograms;
    this.#relay = relay;
    this.#bootLog = bootLog;
    this.#file = join(folder, "children");
  }

  /**
   * Starts every part; changes wait until then.
   * @param reported resolves once all changes so far are reported
   * @throws Problem if one does not start
   */
  start(reported: () => Promise<void>): Promise<void> {
    const started = this.#startAll(reported);
    this.#work = started.catch(() => undefined);
    return started;
  }

  async #startAll(reported: () => Promise<void>): Promise<void> {
    await endLeftovers(this.#file, this.#programs.gateway.argv0);
    const compiled = this.#start("compiler");
    // The others may fail first.
    compiled.catch(() => undefined);
    for (const name of ["migrate", "static", "seed"] as const) {
      const program = this.#programs[name];
      if (program === undefined) continue;
      const code = await new Child(program).ended;
      if (code === 0 || (name === "seed" && code === NO_SUCH_COMMAND)) continue;
      throw new Problem(`${name} failed: see the lines above`);
    }
    await compiled;
    // What the compiler has just made is no change for those that start now.
    if (this.#programs.compiler !== undefined) await reported();
    this.#loads = true;
    void this.#restartJobs();
    await Promise.all([this.#startGateway(), this.#start("edge")]);
  }

  /** Runs steps after those that already run. A failure is printed, and the chain goes on. */
  change(changed: ReadonlySet<Step>): Promise<void> {
    // A tier that has not started reads the file as it is by then. But it may have started before a step of these ends.
    const isRead = !this.#loads && changed.isDisjointFrom(ONCE);
    const steps = isRead ? new Set<Step>() : changed;
    const work = this.#work.then(async () => {
      // A restart of the gateway also loads the application again.
      const due = STEPS.filter(
        (step) => steps.has(step) && !(step === "reload" && steps.has("gateway")),
      );
      for (const step of due) await this.#run(step);
    });
    this.#work = work.catch((error: unknown) => {
      if (!(error instanceof EverythingEnds)) throw error;
    });
    return this.#work;
  }

  async #run(step: Step): Promise<void> {
    switch (step) {
      case "migrate":
      case "static": {
        const program = this.#programs[step];
        if (program !== undefined) await new Child(program).ended;
        return;
      }
      case "reload":
        return this.#reload();
      case "jobs":
        // The site does not wait for them: a job in hand may take its time to end.
        this.#jobsWork = this.#jobsWork.then(() => this.#restartJobs());
        return;
      case "gateway":
      case "edge":
        await this.#running.get(step)?.stop();
        return (step === "gateway" ? this.#startGateway() : this.#start(step)).catch(
          (error: Problem) => print(error.message),
        );
    }
  }

  /** An application that does not start is no problem of the chain: the site shows why. */
  async #startGateway(): Promise<void> {
    await this.#start("gateway");
    // It would try again and again; a change of a file starts it anew.
    if (this.#bootLog.failure !== undefined) await this.#running.get("gateway")?.stop();
    this.#showFailure();
  }

  /** Shows why the application did not start, in the site and here; or the site again. */
  #showFailure(): void {
    const { failure } = this.#bootLog;
    this.#relay.show(failure && failurePage(failure));
    if (failure) print(`the application does not start, and the site shows why: ${failure.reason}`);
  }

  /** The old workers serve until the new ones do. If those cannot start, the site shows why. */
  async #reload(): Promise<void> {
    const gateway = this.#running.get("gateway");
    if (gateway === undefined) return this.#run("gateway");
    const done = gateway.line(/"message":"(reload done|reload aborted)/);
    gateway.signal("SIGHUP");
    await done.catch(() => undefined);
    this.#showFailure();
  }

  /** Jobs that do not start are no problem of the chain either. */
  async #restartJobs(): Promise<void> {
    await this.#running.get("jobs")?.stop();
    void this.#start("jobs").catch((error: unknown) => {
      if (error instanceof Problem) print(error.message);
    });
  }

  async #start(tier: Tier): Promise<void> {
    const program = this.#programs[tier];
    if (program === undefined) return;
    const child = new Child(program);
    this.#running.set(tier, child);
    const ids = [...this.#running.values()].map(({ pid }) => `${pid}\n`);
    writeFileSync(this.#file, ids.join(""));
    void child.ended.then((code) => {
      if (this.#running.get(tier) !== child) return;
      this.#running.delete(tier);
      if (!child.ending) {
        const again = tier === "compiler" ? "with make dev" : "after the next change";
        print(`the ${tier} ended with code ${code}: it starts again ${again}`);
      }
    });
    await child.line(tier === "compiler" ? COMPILED : STARTED).catch(() => {
      throw new Problem(`the ${tier} did not start: see its lines above`);
    });
  }
}

export function print(line: string): void {
  process.stdout.write(`${logLine("dev", line)}\n`);
}

/**
 * Kills the processes of a chain whose `make dev` was killed before it could stop them, with everything
 * that they have started.
 * @param file one process id in each line
 * @param mark what their command lines begin with: an id may belong to another process by now
 */
async function endLeftovers(file: string, mark: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => "");
  for (const pid of text.split("\n").map(Number)) {
    if (!(pid > 1)) continue;
    const { stdout } = await run("ps", ["-ww", "-o", "args=", "-p", String(pid)]);
    if (stdout.startsWith(`${mark} `)) process.kill(-pid, "SIGKILL");
  }
}
