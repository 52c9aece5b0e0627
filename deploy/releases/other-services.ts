import { isOther, type Started, servicesOf, startOthers } from "../stack/accessories.ts";
import type { Stack } from "../stack/compose.ts";
import type { Stages } from "../stages.ts";
import { ofService, type Plan } from "./plan.ts";

const NOTHING: Started = { started: [], warnings: [] };

/** The operator's own services beside the known ones, such as accessories, in a rollout. */
export class OtherServices {
  readonly #stack: Stack;
  readonly #stages: Stages;
  readonly #check: () => void;

  /** @param check throws once nothing more should begin */
  constructor(stack: Stack, stages: Stages, check: () => void) {
    this.#stack = stack;
    this.#stages = stages;
    this.#check = check;
  }

  /** Starts those that are new, before the replicas that need them. What runs is not replaced, whatever they depend on. */
  async add(plan: Plan): Promise<Started> {
    const due = (await this.#due(plan)).filter((service) => !isIn(plan.changed, service));
    return await this.#run("added services", "started", due, "--no-recreate");
  }

  /** Replaces those that have changed. */
  async replace(plan: Plan): Promise<Started> {
    const due = (await this.#due(plan)).filter((service) => isIn(plan.changed, service));
    if (due.length > 0 && plan.keepsImage) {
      // With one that depends on it Compose would replace the database too.
      const warning = `${due.join(", ")}: as before, until db is replaced and this command is run again`;
      return { started: [], warnings: [warning] };
    }
    return await this.#run("changed services", "replaced", due);
  }

  async #due({ same }: Plan): Promise<string[]> {
    const services = await servicesOf(this.#stack);
    return services.filter((service) => isOther(service) && !isIn(same, service));
  }

  async #run(
    stage: string,
    did: string,
    due: readonly string[],
    ...args: string[]
  ): Promise<Started> {
    let done = NOTHING;
    if (due.length === 0) return done;
    await this.#stages.run(stage, async () => {
      done = await startOthers(this.#stack, due, this.#check, ...args);
      return sentence(done.started, did, done.warnings);
    });
    return done;
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
