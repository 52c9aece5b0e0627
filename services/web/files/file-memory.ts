import type { StoredFile } from "./stored-file.ts";

/** Bytes that an entry takes besides its content, roughly: names, fields, bookkeeping. */
const ENTRY = 2048;

/** The files of all mounts that are asked for most recently, by keys that their mounts make. */
export class FileMemory {
  readonly #limit: number;
  /** In the order of their coming; what was used since gets another round. */
  readonly #files = new Map<string, StoredFile>();
  readonly #loads = new Map<string, Promise<StoredFile | "folder" | undefined>>();
  #bytes = 0;
  #closed = false;

  /** @param limit the most bytes that the files may take together */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What is kept under a key and may be served at once: no promise, no look at the disk. */
  fresh(key: string): StoredFile | undefined {
    const file = this.#files.get(key);
    if (file === undefined || !file.isFresh) return undefined;
    file.used = true;
    return file;
  }

  /**
   * What a key stands for now, from the disk where need be. Requests that want the same at the same
   * time share one look.
   */
  find(key: string, load: () => Promise<StoredFile | "folder" | undefined>) {
    const fresh = this.fresh(key);
    if (fresh !== undefined) return Promise.resolve(fresh);
    const loading = this.#loads.get(key) ?? this.#look(key, load);
    this.#loads.set(key, loading);
    return loading;
  }

  /** Keeps nothing any more: files are closed once nobody reads them. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const key of [...this.#files.keys()]) await this.#forget(key);
  }

  async #look(key: string, load: () => Promise<StoredFile | "folder" | undefined>) {
    try {
      const kept = this.#files.get(key);
      if (kept !== undefined) {
        const same = await kept.revalidate();
        if (same && this.#files.get(key) === kept) return kept;
        await this.#forget(key);
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
    if (this.#closed) void this.#forget(key);
    for (const [oldest, { used }] of this.#files) {
      if (this.#bytes <= this.#limit || this.#files.size === 1) return;
      // The newest stays even where it is larger than all others: it is about to be read.
      if (used || oldest === key) this.#again(oldest);
      else void this.#forget(oldest);
    }
  }

  /** A second chance costs nothing when a file is used, as moving it to the end each time would. */
  #again(key: string): void {
    const file = this.#files.get(key);
    if (file === undefined) return;
    file.used = false;
    this.#files.delete(key);
    this.#files.set(key, file);
  }

  async #forget(key: string): Promise<void> {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    this.#bytes -= file.weight + ENTRY;
    await file.retire();
  }
}
