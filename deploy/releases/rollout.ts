import { setTimeout } from "node:timers/promises";
import { run } from "../command.ts";
import { ONE_SHOTS } from "../compose-model.ts";
import type { Interruption } from "../interruption.ts";
import { layout } from "../layout.ts";
import { Problem } from "../problem.ts";
import { complaintsOf, type Started } from "../stack/accessories.ts";
import type { Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import type { Stages } from "../stages.ts";
import type { EdgeCounts, Phase } from "./edge-counts.ts";
import { tryEdge } from "./edge-trial.ts";
import { requireFixed } from "./fixed-services.ts";
import { JobsSwap } from "./jobs-swap.ts";
import { hasRoomFor } from "./memory.ts";
import { createOneShots, runOneShot } from "./one-shots.ts";
import { OtherServices, sentence } from "./other-services.ts";
import { endGracefully, ofService, type Plan, planOf } from "./plan.ts";
import { ReplicaSwap, removeLeftovers } from "./replica-swap.ts";
import { createBeside, untilHealthy } from "./replicas.ts";
import { startStopped } from "./stopped-services.ts";

/** How long the edge's counts are taken after the last old container has ended. */
const AFTER_TIME = 2_000;

export interface RolloutOptions {
  /** The stack as it runs. */
  readonly running: Stack;
  /** The Host header field of smoke requests: the name that visitors use. */
  readonly host: string;
  /** A release that ran before: it is neither migrated to nor watched. */
  readonly back: boolean;
  /** Called once all that is new serves, before anything old ends: from then on the release is the new one. */
  readonly commit: () => Promise<void>;
  readonly interruption: Interruption;
}

/** What the edge counted before, during and after; undefined for an edge that has no counters. */
export interface Counts {
  readonly before: Phase | undefined;
  readonly during: Phase | undefined;
  readonly after: Phase | undefined;
}

/** Replaces the containers of a running stack, without losing a request. */
export class Rollout {
  /** The services whose containers were replaced. */
  readonly changed = new Set<string>();
  /** What keeps no release from running, but the operator should know. */
  readonly warnings: string[] = [];
  readonly #stack: Stack;
  readonly #stages: Stages;
  readonly #options: RolloutOptions;
  readonly #counts: EdgeCounts;
  /** Containers that this run has made: they go if it fails before its commit. */
  readonly #made = new Set<string>();
  readonly #swap: ReplicaSwap;
  readonly #jobs: JobsSwap;
  readonly #others: OtherServices;
  #replacedOneShots: readonly string[] = [];
  /** Edges that end: what they see is of no interest. */
  readonly #leaving = new Set<string>();
  #committed = false;
  /** @throws Problem after Ctrl-C: nothing more begins */
  readonly #check = (): void => this.#options.interruption.check();

  /** @param stack the running stack, with the release that it should have */
  constructor(stack: Stack, stages: Stages, counts: EdgeCounts, options: RolloutOptions) {
    this.#stack = stack;
    this.#stages = stages;
    this.#counts = counts;
    this.#options = options;
    this.#swap = new ReplicaSwap(stack, options.host, this.#made, this.#check);
    this.#jobs = new JobsSwap(stack, this.#made);
    this.#others = new OtherServices(stack, stages, this.#check);
  }

  /** Whether the new release is the one that runs. */
  get committed(): boolean {
    return this.#committed;
  }

  /**
   * Does it. If something fails before the commit, everything new is removed, and everything old serves as
   * before.
   * @throws Problem with the cause
   */
  async run(): Promise<Counts> {
    try {
      return await this.#run();
    } catch (error) {
      const left = this.#committed ? [] : await this.#withdraw();
      const missing = left
        .map((line) => `\n${line}: docker compose up --detach starts it`)
        .join("");
      const { interruption } = this.#options;
      if (interruption.received === undefined && missing !== "" && error instanceof Error) {
        throw new Problem(`${error.message}${missing}`);
      }
      throw interruption.reasonFor(
        error,
        this.#committed
          ? "the new release serves, and old containers are left; run make up again"
          : `the release that ran serves on${missing}`,
      );
    }
  }

  async #run(): Promise<Counts> {
    await removeLeftovers(this.#stack);
    const first = await planOf(this.#stack);
    this.warnings.push(...requireFixed(first));
    await this.#startStopped(first);
    await this.#oneShots(first);
    const before = this.#counts.phase();
    this.#counts.begin();
    // Compose counts a dependent of a changed one-shot as changed: now they are not.
    const plan = await planOf(this.#stack);
    await this.#edgeTrial(plan);
    await this.#checkJobs(plan);
    this.#note(await this.#others.add(plan));
    await this.#replicas(plan, await this.#roomForAll(plan));
    await this.#edge(plan);
    await this.#commit(plan);
    await this.#endOld(plan);
    this.#note(await this.#others.replace(plan));
    this.warnings.push(...(await complaintsOf(this.#stack)));
    const during = this.#counts.phase();
    this.#counts.begin();
    if (this.changed.size > 0 && !this.#options.back) await setTimeout(AFTER_TIME);
    return { before, during, after: this.#counts.phase() };
  }

  async #startStopped(plan: Plan): Promise<void> {
    if (plan.stopped.length === 0) return;
    await this.#stages.run("stopped services", async () => {
      const done = await startStopped(this.#stack, plan, this.#check);
      this.#note(done);
      const names = plan.stopped
        .filter(({ service }) => done.started.includes(service))
        .map(({ name }) => name);
      return sentence(names, "run again", done.warnings);
    });
    this.#check();
  }

  #note({ started, warnings }: Started): void {
    for (const service of started) this.changed.add(service);
    this.warnings.push(...warnings);
  }

  async #oneShots({ changed }: Plan): Promise<void> {
    const due = ONE_SHOTS.filter((service) => ofService(changed, service).length > 0);
    if (due.length === 0) return;
    this.#replacedOneShots = due;
    if (this.#options.back) return await createOneShots(this.#stack, due);
    for (const service of due) {
      await this.#stages.run(service, async (say) => {
        await runOneShot(this.#stack, service, say);
        return "done";
      });
      this.#check();
    }
  }

  async #edgeTrial({ changed }: Plan): Promise<void> {
    const [running] = ofService(changed, "web");
    if (running === undefined || this.#options.back) return;
    await this.#stages.run("trial of the edge", async (say) => {
      await tryEdge(this.#stack, running.id, this.#options.host, say);
      return "it serves the site on a network of its own";
    });
    this.#check();
  }

  async #roomForAll({ changed }: Plan): Promise<boolean> {
    if (process.env.ONE_AT_A_TIME === "1") return false;
    return await hasRoomFor(this.#stack.settings.replicas, ofService(changed, "app")[0]?.id);
  }

  /** Starts new replicas beside the old ones, all of them at once or one at a time. */
  async #replicas(plan: Plan, room: boolean): Promise<void> {
    const wanted = this.#stack.settings.replicas;
    let missing = wanted - ofService(plan.same, "app").length;
    const old = ofService(plan.changed, "app");
    if (missing <= 0) return;
    const atOnce = room ? missing : 1;
    // Each old replica that ends makes the release the new one: everything else must serve by then.
    if (atOnce < missing) await this.#edge(plan);
    await this.#stages.run("replicas", async (say) => {
      if (atOnce < missing) {
        say("there is no memory for all new replicas beside the old ones: one replica at a time");
      }
      this.changed.add("app");
      let watched = this.#options.back;
      while (missing > 0) {
        const count = Math.min(atOnce, missing);
        await this.#swap.add(count, old[0], watched, say);
        watched = true;
        missing -= count;
        const spare = missing === 0 ? undefined : old.pop();
        if (spare === undefined) continue;
        await this.#commit(plan);
        await this.#swap.end([spare], this.#leaving);
      }
      return `${wanted} serve`;
    });
  }

  /** Starts new edges beside the old ones, one after the other: all listen on the same ports. */
  async #edge({ same, changed }: Plan): Promise<void> {
    const there = ofService(same, "web").length;
    const missing = this.#stack.settings.edges - there;
    if (missing <= 0 || this.changed.has("web")) return;
    await this.#stages.run(missing === 1 ? "edge" : "edges", async (say) => {
      this.changed.add("web");
      const total = there + ofService(changed, "web").length + missing;
      const ids = await createBeside(this.#stack, "web", total);
      for (const id of ids) this.#made.add(id);
      for (const id of ids) {
        this.#check();
        await run("docker", ["start", id]);
        await untilHealthy(id, say);
        await this.#counts.follow(id);
      }
      return missing === 1
        ? "it serves beside the old one"
        : `${missing} serve beside the old ones`;
    });
    this.#check();
  }

  /** What the jobs of a rollback need was there when their release ran. */
  async #checkJobs(plan: Plan): Promise<void> {
    if (!this.#jobs.isDue(plan) || this.#options.back) return;
    await this.#stages.run("check of the jobs", async () => {
      await this.#jobs.check();
      return "the program and the schedule can be read";
    });
    this.#check();
  }

  /** Everything else that is new serves; the jobs, which cannot run beside their successors, come last. */
  async #commit(plan: Plan): Promise<void> {
    if (this.#committed) return;
    this.#check();
    const due = this.#jobs.isDue(plan);
    if (due) {
      await this.#stages.run("jobs", (say) => this.#jobs.replace(plan, say, this.#check));
      this.changed.add("jobs");
      this.#check();
    }
    await this.#options.commit();
    this.#committed = true;
    if (due) await this.#jobs.finish();
  }

  async #endOld({ same, changed, leaving }: Plan): Promise<void> {
    const { replicas: wanted, edges: wantedEdges } = this.#stack.settings;
    const replicas = [...ofService(changed, "app"), ...ofService(same, "app").slice(wanted)];
    const edges = [...ofService(changed, "web"), ...ofService(same, "web").slice(wantedEdges)];
    if (replicas.length + edges.length + leaving.length === 0) return;
    for (const { id } of edges) this.#leaving.add(id);
    await this.#stages.run("old containers", async () => {
      await Promise.all([
        this.#swap.end(replicas, this.#leaving),
        endGracefully(edges.map(({ id }) => id)),
      ]);
      // Last: what ends now may have used it.
      await endGracefully(leaving.map(({ id }) => id));
      await this.#purge();
      return `${[...replicas, ...edges, ...leaving].map(({ name }) => name).join(", ")} have ended`;
    });
  }

  /** The old release's responses leave the edge's cache. A new edge has none, and nginx has no such verb. */
  async #purge(): Promise<void> {
    if (!this.changed.has("app") || this.#stack.settings.edge !== "web") return;
    for (const { id } of ofService(await listContainers(this.#stack.settings.project), "web")) {
      await run("docker", ["exec", id, "node", layout.edge, "purge", "--all"]);
    }
  }

  /** @returns a line for each container of the old release that does not run any more */
  async #withdraw(): Promise<string[]> {
    await endGracefully([...this.#made]);
    const left = await this.#jobs.withdraw();
    // Those of the release that runs: else a plain `docker compose up` would replace its replicas.
    if (this.#replacedOneShots.length > 0) {
      await createOneShots(this.#options.running, this.#replacedOneShots);
    }
    return left;
  }
}
