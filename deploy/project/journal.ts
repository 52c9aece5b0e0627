import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

interface Before {
  readonly content: Buffer;
  readonly mode: number;
}

/** Changes files, and knows what was in them before, so that all of it can be put back. */
export class Journal {
  /** By the path of the file; undefined where there was none. */
  readonly #before = new Map<string, Before | undefined>();

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
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  async copy(from: string, to: string): Promise<void> {
    await this.remember(to);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
  }

  async move(from: string, to: string): Promise<void> {
    await this.remember(from);
    await this.remember(to);
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  }

  async remove(file: string): Promise<void> {
    await this.remember(file);
    await rm(file, { force: true });
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
  }
}
