import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { Problem } from "../problem.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { ofService, type Plan, removeNow } from "./plan.ts";
import { createBeside, untilHealthy } from "./replicas.ts";

/** What starts the jobs of a release in its container. */
const MAIN = layout.jobs;

/**
 * Replaces the container of the background jobs. Unlike replicas, the old one ends before the new one starts: two
 * at a time would run a scheduled task twice, and a job of a queue beside its own successor.
 */
export class JobsSwap {
  readonly #stack: Stack;
  readonly #made: Set<string>;
  /** Those that this has ended. They are still there, so that they can be started again. */
  readonly #ended: Container[] = [];

  /** @param made gets the id of the container that this makes */
  constructor(stack: Stack, made: Set<string>) {
    this.#stack = stack;
    this.#made = made;
  }

  /** Whether the release has background jobs. */
  get #wanted(): boolean {
    const { jobs, schedule } = this.#stack.settings;
    return jobs !== "" || schedule !== "";
  }

  /** Whether there is anything to replace, start or end. */
  isDue({ same, changed }: Plan): boolean {
    const runs = ofService(same, "jobs").length === 1 && ofService(changed, "jobs").length === 0;
    return this.#wanted ? !runs : ofService([...same, ...changed], "jobs").length > 0;
  }

  /**
   * Checks the jobs of the new release, without running any: while everything old still serves.
   * @throws Problem with what is wrong
   */
  async check(): Promise<void> {
    if (!this.#wanted) return;
    const args = ["run", "--rm", "--no-deps", "-T", "jobs", "node", MAIN, "--check-config"];
    const { code, stderr } = await compose(this.#stack, args);
    if (code === 0) return;
    // Compose writes of its own containers and networks before.
    const lines = stderr.trim().split("\n");
    throw new Problem(`the background jobs would not start: ${lines.at(-1) ?? `code ${code}`}`);
  }

  /**
   * Ends the old container, which finishes the jobs that it has in hand, then starts the new one.
   * @param check throws when nothing more should begin
   * @returns what was done
   * @throws Problem if the new one does not start
   */
  async replace(
    { same, changed }: Plan,
    say: (line: string) => void,
    check: () => void,
  ): Promise<string> {
    const old = ofService([...same, ...changed], "jobs");
    const running = old.filter(({ state }) => state === "running");
    if (running.length > 0) {
      say(`${running.map(({ name }) => name).join(", ")} finishes what it has in hand`);
      this.#ended.push(...running);
      await run("docker", ["stop", ...running.map(({ id }) => id)]);
      check();
    }
    if (!this.#wanted) return "ended: the release has none";
    const [id = ""] = await createBeside(this.#stack, "jobs", old.length + 1);
    this.#made.add(id);
    await run("docker", ["start", id]);
    await untilHealthy(id, say);
    return running.length === 0 ? "started" : "the new ones run";
  }

  /** Removes the old containers: the new release is the one that runs. */
  async finish(): Promise<void> {
    const all = ofService(await listContainers(this.#stack.settings.project), "jobs");
    await removeNow(all.filter(({ id }) => !this.#made.has(id)).map(({ id }) => id));
  }

  /** Starts what was ended again: the release is refused. */
  async withdraw(): Promise<void> {
    const ids = this.#ended.map(({ id }) => id);
    if (ids.length > 0) await run("docker", ["start", ...ids]);
  }
}
