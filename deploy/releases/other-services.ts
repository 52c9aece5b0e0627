import { isOther, type Started, servicesOf, startOthers } from "../stack/accessories.ts";
import type { Stack } from "../stack/compose.ts";
import type { Stages } from "../stages.ts";
import { ofService, type Plan } from "./plan.ts";

/** What a rollout tells its caller of. */
interface Outcome {
  /** The services whose containers were replaced. */
  readonly changed: Set<string>;
  readonly warnings: string[];
}

/** The operator's own services beside the known ones, such as accessories, in a rollout. */
export class OtherServices {
  readonly #stack: Stack;
  readonly #stages: Stages;
  readonly #outcome: Outcome;
  readonly #check: () => void;

  /**
   * @param outcome where it writes what it did
   * @param check throws once nothing more should begin
   */
  constructor(stack: Stack, stages: Stages, outcome: Outcome, check: () => void) {
    this.#stack = stack;
    this.#stages = stages;
    this.#outcome = outcome;
    this.#check = check;
  }

  /** Starts those that are new, before the replicas that need them. What runs is not replaced, whatever they depend on. */
  async add(plan: Plan): Promise<void> {
    const due = (await this.#due(plan)).filter((service) => !isIn(plan.changed, service));
    await this.#run("added services", "started", due, "--no-recreate");
  }

  /** Replaces those that have changed. */
  async replace(plan: Plan): Promise<void> {
    const due = (await this.#due(plan)).filter((service) => isIn(plan.changed, service));
    if (due.length > 0 && plan.keepsImage) {
      // With one that depends on it Compose would replace the database too.
      this.#outcome.warnings.push(
        `${due.join(", ")}: as before, until db is replaced and this command is run again`,
      );
      return;
    }
    await this.#run("changed services", "replaced", due);
  }

  /** @param args of `docker compose up` */
  async start(services: readonly string[], ...args: string[]): Promise<Started> {
    const done = await startOthers(this.#stack, services, this.#check, ...args);
    for (const service of done.started) this.#outcome.changed.add(service);
    this.#outcome.warnings.push(...done.warnings);
    return done;
  }

  async #due({ same }: Plan): Promise<string[]> {
    const services = await servicesOf(this.#stack);
    return services.filter((service) => isOther(service) && !isIn(same, service));
  }

  async #run(stage: string, did: string, due: readonly string[], ...args: string[]): Promise<void> {
    if (due.length === 0) return;
    await this.#stages.run(stage, async () => {
      const { started, warnings } = await this.start(due, ...args);
      return sentence(started, did, warnings);
    });
  }
}

/** What a stage did, if it did anything, and what it could not do. */
export function sentence(
  names: readonly string[],
  did: string,
  warnings: readonly string[],
): string {
  return [...(names.length === 0 ? [] : [`${names.join(", ")} ${did}`]), ...warnings].join("; ");
}

const isIn = (containers: Plan["same"], service: string): boolean =>
  ofService(containers, service).length > 0;
