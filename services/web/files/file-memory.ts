import type { StoredFile } from "./stored-file.ts";

/** Bytes that an entry takes besides its content, roughly: names, fields, bookkeeping. */
const ENTRY = 2048;

type Load = () => Promise<StoredFile | "folder" | undefined>;

/** The most recently requested files of all mounts, by keys that the mounts make. */
export class FileMemory {
  readonly #limit: number;
  /** The oldest first; a file that was used since gets another round. */
  readonly #files = new Map<string, StoredFile>();
  readonly #loads = new Map<string, ReturnType<Load>>();
  #bytes = 0;
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The file of a key, if it may be served at once, without a promise and without the disk. */
  fresh(key: string): StoredFile | undefined {
    const file = this.#files.get(key);
    if (file === undefined || !file.isFresh) return undefined;
    file.used = true;
    return file;
  }

  /** The file of a key, from the disk where need be. Concurrent requests share one load. */
  find(key: string, load: Load): ReturnType<Load> {
    const fresh = this.fresh(key);
    if (fresh !== undefined) return Promise.resolve(fresh);
    const loading = this.#loads.get(key) ?? this.#validateOrLoad(key, load);
    this.#loads.set(key, loading);
    return loading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const key of [...this.#files.keys()]) await this.#remove(key);
  }

  async #validateOrLoad(key: string, load: Load): ReturnType<Load> {
    try {
      const kept = this.#files.get(key);
      if (kept !== undefined) {
        const same = await kept.revalidate();
        if (same && this.#files.get(key) === kept) return kept;
        await this.#remove(key);
      }
      const file = await load();
      if (typeof file === "object") this.#keep(key, file);
      return file;
    } finally {
      this.#loads.delete(key);
    }
  }

  #keep(key: string, file: StoredFile): void {
    this.#files.set(key, file);
    this.#bytes += file.weight + ENTRY;
    if (this.#closed) void this.#remove(key);
    for (const [oldest, { used }] of this.#files) {
      if (this.#bytes <= this.#limit || this.#files.size === 1) return;
      // The newest stays even where it is larger than all others: it is about to be read.
      if (used || oldest === key) this.#moveToEnd(oldest);
      else void this.#remove(oldest);
    }
  }

  /** The clock algorithm: unlike an exact LRU order it costs nothing when a file is used. */
  #moveToEnd(key: string): void {
    const file = this.#files.get(key);
    if (file === undefined) return;
    file.used = false;
    this.#files.delete(key);
    this.#files.set(key, file);
  }

  async #remove(key: string): Promise<void> {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    this.#bytes -= file.weight + ENTRY;
    await file.retire();
  }
}
