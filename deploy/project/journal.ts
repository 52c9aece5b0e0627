import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { LeftBehind } from "../problem.ts";
import { replaceFile } from "../replace-file.ts";

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

  /** Keeps what is in a file that another program is going to change. */
  async remember(file: string): Promise<void> {
    if (this.#before.has(file)) return;
    const before = existsSync(file)
      ? { content: await readFile(file), mode: (await stat(file)).mode }
      : undefined;
    this.#before.set(file, before);
  }

  /** Writes a file at once: where this process is killed, the file is not there, or whole. */
  async write(file: string, text: string): Promise<void> {
    await this.remember(file);
    await this.#folderOf(file);
    const mode = this.#before.get(file)?.mode ?? 0o666 & ~process.umask();
    await replaceFile(file, text, mode & 0o7777);
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

  /**
   * Has every file be as it was. What others have changed meanwhile, elsewhere, stays.
   * @param cause why
   * @throws LeftBehind for the files that could not be put back, once all others are
   */
  async undo(cause: unknown): Promise<void> {
    const left: string[] = [];
    for (const [file, before] of this.#before) {
      await putBack(file, before).catch((error) => left.push(`${file} (${error.message})`));
    }
    this.#before.clear();
    // One with something of others' in it stays.
    for (const folder of this.#folders.toReversed()) await rmdir(folder).catch(() => {});
    this.#folders.length = 0;
    if (left.length > 0) throw new LeftBehind(cause, left.join(", "));
  }
}

async function putBack(file: string, before: Before | undefined): Promise<void> {
  if (before === undefined) return await rm(file, { force: true });
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, before.content, before.mode & 0o7777);
}
