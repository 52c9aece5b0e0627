import { callEdges, type Mode, modeOf, type Verb } from "../maintenance/edge-mode.ts";
import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import type { Container } from "../stack/containers.ts";
import { runningWriters, startWriters, stoppedWriters, stopWriters } from "./writers.ts";

const MESSAGE = "The site is being restored. Please come back in a few minutes.";

/**
 * Whether a restore that did not end has left the site under maintenance.
 * @param leftover whether the media have what such a restore leaves
 */
function isUnfinished(mode: Mode, leftover: boolean): boolean {
  return mode.kind === "maintenance" && (mode.message === MESSAGE || leftover);
}

/**
 * Before a backup of the operator's. Until a restore has ended, media and database may be of two moments, and such
 * a backup would take the place of a good one.
 * @param leftover as above
 * @throws Problem if a restore has not ended
 */
export async function requireNoUnfinished({ settings }: Stack, leftover: boolean): Promise<void> {
  if (!isUnfinished(await modeOf(settings.project), leftover)) return;
  throw new Problem(
    "a restore has not ended: the database and the media may be of two moments, which no backup should have; " +
      "make restore BACKUP=... FORCE=1 does it again, or if it had not begun with the database, make up and make live",
  );
}

/** A site under maintenance, whose application has been stopped: nothing writes to its database and media. */
export class QuietSite {
  readonly #stack: Stack;
  /** What the edge did before. */
  readonly #mode: Mode;
  /** Whether a restore that did not end has left it so. */
  readonly #unfinished: boolean;
  #quiet = false;
  #running: readonly Container[] = [];
  #stopped: readonly Container[] = [];

  private constructor(stack: Stack, mode: Mode, unfinished: boolean) {
    this.#stack = stack;
    this.#mode = mode;
    this.#unfinished = unfinished;
  }

  /** @param leftover whether the media have what a restore leaves that does not end */
  static async of(stack: Stack, leftover: boolean): Promise<QuietSite> {
    const mode = await modeOf(stack.settings.project);
    return new QuietSite(stack, mode, isUnfinished(mode, leftover));
  }

  /** Whether anything of the site has been changed. */
  get quiet(): boolean {
    return this.#quiet;
  }

  /**
   * Begins maintenance, and ends what writes.
   * @returns the names of what was stopped
   * @throws Problem if something goes on; `wakeAsBefore` starts the others again
   */
  async quieten(): Promise<string[]> {
    const { project, edge } = this.#stack.settings;
    const verb: Verb = edge === "nginx" ? ["maintenance"] : ["maintenance", "--message", MESSAGE];
    this.#quiet = true;
    if (this.#mode.kind !== "maintenance") await callEdges(project, verb);
    this.#running = await runningWriters(project);
    if (this.#unfinished) this.#stopped = await stoppedWriters(project);
    await stopWriters(this.#running);
    return this.#running.map(({ name }) => name);
  }

  /** Has it be as it was found. @returns the edge's mode, in words */
  async wakeAsBefore(say: (line: string) => void): Promise<string> {
    await startWriters(this.#running, say);
    return await this.#show(this.#mode);
  }

  /**
   * Has it serve what was restored, as it did before, and also if a restore that did not end had kept it from that.
   * @returns the edge's mode, in words
   */
  async wakeRestored(say: (line: string) => void): Promise<string> {
    await startWriters([...this.#running, ...this.#stopped], say);
    const { project, edge } = this.#stack.settings;
    // The responses of the moment before. nginx has no such verb.
    if (edge === "web") await callEdges(project, ["purge", "--all"]);
    const mode = this.#mode;
    const own = mode.kind === "maintenance" && mode.message === MESSAGE;
    return await this.#show(own ? { kind: "live" } : mode);
  }

  async #show(mode: Mode): Promise<string> {
    if (mode.kind === "maintenance") return "under maintenance, as before";
    const verb: Verb = mode.kind === "paused" ? ["pause", `${mode.longest / 1000}`] : ["live"];
    await callEdges(this.#stack.settings.project, verb);
    return mode.kind;
  }
}
