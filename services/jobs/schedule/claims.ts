import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * What becomes of a claim: the time is claimed, or was already (another process has run it), or a later one was
 * (the clock was set back).
 */
export type Claim = "claimed" | "taken" | "outdated";

/**
 * Which of the scheduled times have had their run: one file for each task, named after the task and its last
 * time. A file is created by one process only, also where several share the folder.
 */
export class Claims {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws Error if the folder cannot be made */
  static async open(folder: string): Promise<Claims> {
    await mkdir(folder, { recursive: true });
    return new Claims(folder);
  }

  /** The last claimed time of a task; undefined if there was none. */
  async last(task: string): Promise<Date | undefined> {
    const times = (await this.#of(task)).map(({ time }) => time);
    return times.length === 0 ? undefined : new Date(Math.max(...times));
  }

  /** Claims a time of a task. @throws Error if the folder cannot be read or written */
  async claim(task: string, time: Date): Promise<Claim> {
    const earlier = await this.#of(task);
    const last = Math.max(...earlier.map((each) => each.time));
    if (last > time.getTime()) return "outdated";
    try {
      await (await open(join(this.#folder, `${task}@${time.getTime()}`), "wx")).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return "taken";
      throw error;
    }
    for (const { file } of earlier) await rm(join(this.#folder, file), { force: true });
    return "claimed";
  }

  async #of(task: string): Promise<{ readonly file: string; readonly time: number }[]> {
    const files = await readdir(this.#folder);
    return files
      .filter((file) => file.startsWith(`${task}@`))
      .map((file) => ({ file, time: Number(file.slice(task.length + 1)) }))
      .filter(({ time }) => Number.isSafeInteger(time));
  }
}
