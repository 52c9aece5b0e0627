import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname } from "node:path";

interface Before {
  readonly content: Buffer;
  readonly mode: number;
}

/** Changes files, and knows what was in them before, so that all of it can be put back. */
export class Journal {
  /** By the path of the file; undefined where there was none. */
  readonly #before = new Map<string, Before | undefined>();
  /** The folders that were made, from the outermost. */
  readonly #folders: string[] = [];

  /** Keeps what is in a file that somebody else is going to change. */
  async remember(file: string): Promise<void> {
    if (this.#before.has(file)) return;
    const before = existsSync(file)
      ? { content: await readFile(file), mode: (await stat(file)).mode }
      : undefined;
    this.#before.set(file, before);
  }

  async write(file: string, text: string): Promise<void> {
    await this.remember(file);
    await this.#folderOf(file);
    await writeFile(file, text);
  }

  async copy(from: string, to: string): Promise<void> {
    await this.remember(to);
    await this.#folderOf(to);
    await copyFile(from, to);
  }

  async move(from: string, to: string): Promise<void> {
    await this.remember(from);
    await this.remember(to);
    await this.#folderOf(to);
    await rename(from, to);
  }

  async remove(file: string): Promise<void> {
    await this.remember(file);
    await rm(file, { force: true });
  }

  async #folderOf(file: string): Promise<void> {
    const folder = dirname(file);
    const outermost = await mkdir(folder, { recursive: true });
    if (outermost === undefined) return;
    const made = [folder];
    while (made[0] !== undefined && made[0] !== outermost) made.unshift(dirname(made[0]));
    this.#folders.push(...made);
  }

  /** Has every file be as it was. What others have changed meanwhile, elsewhere, stays. */
  async undo(): Promise<void> {
    for (const [file, before] of this.#before) {
      if (before === undefined) {
        await rm(file, { force: true });
        continue;
      }
      await writeFile(file, before.content);
      await chmod(file, before.mode);
    }
    this.#before.clear();
    // One with something of others' in it stays.
    for (const folder of this.#folders.toReversed()) await rmdir(folder).catch(() => {});
    this.#folders.length = 0;
  }
}
