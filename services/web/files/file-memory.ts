import type { StoredFile } from "./stored-file.ts";

/** Bytes that an entry takes besides its content, roughly: names, fields, bookkeeping. */
const ENTRY = 2048;

/** The files that are asked for most recently, by the paths of their requests. */
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

  /** What is kept under a path and may be served at once: no promise, no look at the disk. */
  fresh(path: string): StoredFile | undefined {
    const file = this.#files.get(path);
    if (file === undefined || !file.isFresh) return undefined;
    file.used = true;
    return file;
  }

  /**
   * What a path stands for now, from the disk where need be. Requests that want the same at the same
   * time share one look.
   */
  find(path: string, load: () => Promise<StoredFile | "folder" | undefined>) {
    const fresh = this.fresh(path);
    if (fresh !== undefined) return Promise.resolve(fresh);
    const loading = this.#loads.get(path) ?? this.#look(path, load);
    this.#loads.set(path, loading);
    return loading;
  }

  /** Keeps nothing any more: files are closed once nobody reads them. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const path of [...this.#files.keys()]) await this.#forget(path);
  }

  async #look(path: string, load: () => Promise<StoredFile | "folder" | undefined>) {
    try {
      const kept = this.#files.get(path);
      if (kept !== undefined) {
        const same = await kept.revalidate();
        if (same && this.#files.get(path) === kept) return kept;
        await this.#forget(path);
      }
      const file = await load();
      if (typeof file === "object") this.#keep(path, file);
      return file;
    } finally {
      this.#loads.delete(path);
    }
  }

  #keep(path: string, file: StoredFile): void {
    this.#files.set(path, file);
    this.#bytes += file.weight + ENTRY;
    if (this.#closed) void this.#forget(path);
    for (const [oldest, { used }] of this.#files) {
      if (this.#bytes <= this.#limit || this.#files.size === 1) return;
      // The newest stays even where it is larger than all others: it is about to be read.
      if (used || oldest === path) this.#again(oldest);
      else void this.#forget(oldest);
    }
  }

  /** A second chance costs nothing when a file is used, as moving it to the end each time would. */
  #again(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    file.used = false;
    this.#files.delete(path);
    this.#files.set(path, file);
  }

  async #forget(path: string): Promise<void> {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    this.#bytes -= file.weight + ENTRY;
    await file.retire();
  }
}
