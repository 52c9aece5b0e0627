import type { DeploySettings } from "../env/environment.ts";
import { Problem } from "../problem.ts";
import { STEPS, type Step } from "./change.ts";
import { Child, type Program, runChild } from "./child.ts";
import { Leftovers } from "./leftovers.ts";
import { logLine } from "./log-line.ts";
import { type Addresses, programs } from "./programs.ts";

type Tier = "gateway" | "edge";

/** The gateway and the edge as processes of this machine, and what runs beside them. */
export class Chain {
  readonly #programs: Readonly<Record<Tier | "migrate" | "static" | "seed", Program>>;
  readonly #leftovers: Leftovers;
  readonly #running = new Map<Tier, Child>();
  #work: Promise<void> = Promise.resolve();

  constructor(root: string, folder: string, settings: DeploySettings, addresses: Addresses) {
    this.#programs = programs(root, folder, settings, addresses);
    this.#leftovers = new Leftovers(folder);
  }

  /** Starts every part; changes wait until that is done. @throws Problem when one does not start */
  start(): Promise<void> {
    const started = this.#startAll();
    this.#work = started.catch(() => undefined);
    return started;
  }

  async #startAll(): Promise<void> {
    await this.#leftovers.end();
    for (const name of ["migrate", "static", "seed"] as const) {
      if ((await runChild(this.#programs[name])) !== 0) {
        throw new Problem(`${name} failed: see the lines above`);
      }
    }
    await Promise.all([this.#start("gateway"), this.#start("edge")]);
  }

  /** Carries out steps after what is under way; what fails is told, and the chain stays. */
  change(steps: ReadonlySet<Step>): Promise<void> {
    this.#work = this.#work.then(async () => {
      // A gateway that starts anew loads the application anew too.
      const wanted = STEPS.filter(
        (step) => steps.has(step) && !(step === "reload" && steps.has("gateway")),
      );
      for (const step of wanted) await this.#carryOut(step);
    });
    return this.#work;
  }

  async #carryOut(step: Step): Promise<void> {
    switch (step) {
      case "migrate":
      case "static":
        await runChild(this.#programs[step]);
        return;
      case "reload":
        return this.#reload();
      case "gateway":
      case "edge":
        await this.#running.get(step)?.stop();
        return this.#start(step).catch((error: Problem) => tell(error.message));
    }
  }

  /** The old generation serves until the new one does, and goes on where that cannot start. */
  async #reload(): Promise<void> {
    const gateway = this.#running.get("gateway");
    if (gateway === undefined) return this.#carryOut("gateway");
    const done = gateway.line(/"message":"(reload done|reload aborted)/);
    gateway.signal("SIGHUP");
    await done.catch(() => undefined);
  }

  async #start(tier: Tier): Promise<void> {
    const child = new Child(this.#programs[tier]);
    this.#running.set(tier, child);
    this.#leftovers.remember([...this.#running.values()]);
    void child.ended.then((code) => {
      if (this.#running.get(tier) !== child) return;
      this.#running.delete(tier);
      if (!child.ending) tell(`the ${tier} ended with code ${code}: it starts again at a change`);
    });
    await child.line(/"to":"ready"/).catch(() => {
      throw new Problem(`the ${tier} did not start: see its lines above`);
    });
  }
}

export function tell(line: string): void {
  process.stdout.write(`${logLine("dev", line)}\n`);
}
