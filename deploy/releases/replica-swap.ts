import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { inspect } from "../stack/inspected.ts";
import { Admission, untilNoticed } from "./admission.ts";
import { trialName } from "./edge-trial.ts";
import { watchResponses } from "./first-responses.ts";
import { endGracefully, endLameDuck, ofService, removeNow, SCALED } from "./plan.ts";
import { createBeside, startSlowly } from "./replicas.ts";
import { smokeTest } from "./smoke.ts";

/** Brings new replicas of the application in, and old ones out. */
export class ReplicaSwap {
  readonly #stack: Stack;
  readonly #host: string;
  readonly #made: Set<string>;
  readonly #check: () => void;

  /**
   * @param host the Host header field of smoke requests
   * @param made gets the ids of the containers that this makes
   * @param check throws when nothing more should begin
   */
  constructor(stack: Stack, host: string, made: Set<string>, check: () => void) {
    this.#stack = stack;
    this.#host = host;
    this.#made = made;
    this.#check = check;
  }

  /**
   * Makes new replicas. The first is admitted and watched before the others follow.
   * @param old a replica that runs, for comparison
   * @param watched whether the release has been watched before
   * @throws Problem if one of them is refused
   */
  async add(
    count: number,
    old: Container | undefined,
    watched: boolean,
    say: (line: string) => void,
  ): Promise<void> {
    const stack = this.#stack;
    const containers = await listContainers(stack.settings.project);
    const admission = await admissionOf(containers);
    const edges = ofService(containers, "web").map(({ id }) => id);
    const total = ofService(containers, "app").length + count;
    const ids = await createBeside(stack, "app", total);
    for (const id of ids) this.#made.add(id);
    await Promise.all(ids.map((id) => admission.withhold(id)));
    const test = async (id: string): Promise<void> => {
      await startSlowly(id, say);
      const [replica] = await inspect([id]);
      const address = replica === undefined ? "" : admission.addressOf(replica);
      await smokeTest(stack, id, address, this.#host, say);
      this.#check();
    };
    const [first = "", ...others] = ids;
    // Those of a release that has been watched start all at once.
    await Promise.all(watched ? ids.map(test) : [test(first)]);
    say(`new: ready, and the request for ${stack.settings.smokePath} passes`);
    const admit = (id: string): Promise<void> => admission.admit(id, edges);
    if (watched) return void (await Promise.all(ids.map(admit)));
    await admit(first);
    const [refused] = await Promise.all([watchResponses(first, old?.id), ...others.map(test)]);
    if (refused !== undefined) throw new Problem(`the new release was withdrawn: ${refused}`);
    await Promise.all(others.map(admit));
  }

  /**
   * Ends replicas: the next one when the edge has noticed that the one before leaves. That one need not go on to
   * accept requests then.
   */
  async end(replicas: readonly Container[], leaving: ReadonlySet<string>): Promise<void> {
    const containers = await listContainers(this.#stack.settings.project);
    const admission = await admissionOf(containers);
    const edges = ofService(containers, "web").filter(({ id }) => !leaving.has(id));
    const ends: Promise<void>[] = [];
    for (const replica of await inspect(replicas.map(({ id }) => id))) {
      ends.push(endGracefully([replica.Id]));
      const address = admission.addressOf(replica);
      const noticed = await Promise.all(edges.map(({ id }) => untilNoticed(id, address, false)));
      // Else it takes the whole lame-duck time: nginx says nothing, and an edge that leaves may still send requests.
      const isUnused = leaving.size === 0 && noticed.every((each) => each === "seen");
      if (isUnused) await endLameDuck(replica.Id);
    }
    await Promise.all(ends);
  }
}

async function admissionOf(containers: readonly Container[]): Promise<Admission> {
  const [holder] = await inspect(ofService(containers, "edge-port").map(({ id }) => id));
  if (holder === undefined) throw new Problem("edge-port has gone: run make up again");
  return new Admission(holder);
}

/** Removes what an interrupted deploy has left: what was not started yet, and replicas without visitors. */
export async function removeLeftovers({ settings }: Stack): Promise<void> {
  const containers = await listContainers(settings.project);
  const admission = await admissionOf(containers);
  const scaled = SCALED.flatMap((service) => ofService(containers, service));
  const unstarted = scaled.filter(({ state }) => state === "created").map(({ id }) => id);
  const replicas = await inspect(ofService(containers, "app").map(({ id }) => id));
  const withheld = replicas.filter((each) => !admission.isAdmitted(each)).map(({ Id }) => Id);
  await removeNow([...new Set([...unstarted, ...withheld])]);
  await removeNow([trialName(settings.project)]);
}
