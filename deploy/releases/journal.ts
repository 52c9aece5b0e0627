import { appendFile, mkdir, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Stack } from "../stack/compose.ts";
import type { Phase } from "./edge-counts.ts";
import { type Release, sameRelease } from "./release.ts";

/** One line of the journal: a deploy or a rollback, and how it ended. */
export interface Entry {
  /** ISO 8601. */
  readonly at: string;
  /** Who ran the command: a user of this machine, or user@machine of another. */
  readonly by: string;
  readonly command: "up" | "deploy" | "rollback" | "canary";
  readonly outcome: "done" | "refused" | "interrupted";
  /** The number of the release; undefined if it never ran. */
  readonly number?: number;
  readonly release?: Release;
  readonly commit?: string;
  /** The services whose containers were replaced. */
  readonly changed?: readonly string[];
  readonly seconds: number;
  /** What the edge counted from the first change of a container to the last. */
  readonly during?: Phase | undefined;
  /** Why it did not run. */
  readonly reason?: string;
}

/** A release that ran, and the deploy that made it. */
export interface Deployed extends Entry {
  readonly number: number;
  readonly release: Release;
}

/** How many releases keep their images. */
export const KEPT = 5;

/**
 * The journal of a project: every deploy and rollback, one line of JSON each, in the clone. It is the
 * audit log, and the list of the releases is made from it.
 */
export class Journal {
  readonly file: string;
  readonly #entries: Entry[];
  /** Whether the last line was cut short: the next one must not continue it. */
  #torn: boolean;

  private constructor(file: string, text: string) {
    this.file = file;
    this.#entries = text.split("\n").flatMap(parsed);
    this.#torn = text !== "" && !text.endsWith("\n");
  }

  static async open({ clone, settings }: Stack): Promise<Journal> {
    const file = join(clone.root, ".releases", `${settings.project}.jsonl`);
    const text = await readFile(file, "utf8").catch(() => "");
    return new Journal(file, text);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Every release that ran, the one that ran last at the end. A rollback makes an earlier one the last. */
  get releases(): Deployed[] {
    const byNumber = new Map<number, Deployed>();
    for (const entry of this.#entries) {
      // What was refused or interrupted has no number.
      if (entry.number === undefined) continue;
      const made = byNumber.get(entry.number);
      const { number, release } = entry;
      byNumber.delete(number);
      if (made !== undefined) byNumber.set(number, made);
      else if (release !== undefined) byNumber.set(number, { ...entry, number, release });
    }
    return [...byNumber.values()];
  }

  /** The release that runs, as far as the journal knows. */
  get current(): Deployed | undefined {
    return this.releases.at(-1);
  }

  /** The releases whose images are kept, the one that runs last. */
  get kept(): Deployed[] {
    return this.releases.slice(-KEPT);
  }

  /** The number of this release: its own if it ran before, else the next. */
  numberOf(release: Release): number {
    const known = this.releases.find((each) => sameRelease(each.release, release));
    if (known !== undefined) return known.number;
    return Math.max(0, ...this.#entries.map(({ number = 0 }) => number)) + 1;
  }

  async add(entry: Omit<Entry, "at" | "by">): Promise<void> {
    const by = process.env.DEPLOYED_BY || process.env.SUDO_USER || userInfo().username;
    const whole: Entry = { at: new Date().toISOString(), by, ...entry };
    this.#entries.push(whole);
    await mkdir(dirname(this.file), { recursive: true });
    // One write: a line is there as a whole or not at all.
    await appendFile(this.file, `${this.#torn ? "\n" : ""}${JSON.stringify(whole)}\n`);
    this.#torn = false;
  }
}

/** A line that a full disk has cut short is left out. */
function parsed(line: string): Entry[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
