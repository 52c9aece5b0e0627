import { setImmediate as turn } from "node:timers/promises";
import { type Coding, type Compressed, SUFFIXES } from "./accept-encoding.ts";
import { contentType } from "./content-type.ts";
import { currentState, type OpenedFile, openFile } from "./opened-file.ts";
import { Representation } from "./representation.ts";

/** How often a file that may change is looked at, in milliseconds. */
const FRESH = 1000;

/** What an open file counts for, in bytes: so the bound of memory bounds the descriptors too. */
const OPEN = 64 * 1024;

const COMPRESSED = Object.entries(SUFFIXES) as [Compressed, string][];

/** How the files of a mount are kept and told of. */
export interface Manner {
  /** Files up to this size are kept in memory, larger ones open. Bytes. */
  readonly inMemory: number;
  /** Whether compressed siblings are looked for. */
  readonly siblings: boolean;
  /** What Cache-Control says; undefined leaves it out. */
  readonly cacheControl: string | undefined;
  /** The content of this name never changes. */
  readonly immutable: boolean;
}

/** A file of a mount, with its compressed siblings: what one path stands for. */
export class StoredFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #manner: Manner;
  readonly #representations: ReadonlyMap<Coding, Representation>;
  /** Whether it was asked for since somebody last looked; the memory keeps what is. */
  used = false;
  #lookedAt = performance.now();
  /** Somebody may have been writing it as it was read; the next look tells. */
  #settled = false;
  #users = 0;
  #retired = false;

  private constructor(
    folder: string,
    name: string,
    manner: Manner,
    representations: ReadonlyMap<Coding, Representation>,
  ) {
    this.#folder = folder;
    this.#name = name;
    this.#manner = manner;
    this.#representations = representations;
  }

  /** @returns undefined or "folder" as `openFile` does, where there is no file of that name */
  static async load(folder: string, name: string, manner: Manner) {
    const opened = await openFile(folder, name);
    if (typeof opened !== "object") return opened;
    const found = new Map<Coding, OpenedFile>([["identity", opened]]);
    for (const [coding, suffix] of manner.siblings ? COMPRESSED : []) {
      const sibling = await openFile(folder, name + suffix);
      if (typeof sibling === "object") found.set(coding, sibling);
    }
    const about = {
      type: contentType(name),
      cacheControl: manner.cacheControl,
      varies: found.size > 1,
    };
    const representations = new Map<Coding, Representation>();
    for (const [coding, file] of found) {
      representations.set(coding, await Representation.of(file, coding, about, manner.inMemory));
    }
    return new StoredFile(folder, name, manner, representations);
  }

  /** Bytes of memory that its content takes; a file that is kept open counts as well. */
  get weight(): number {
    let bytes = 0;
    for (const { content } of this.#representations.values()) bytes += content?.length ?? OPEN;
    return bytes;
  }

  /** The first of the codings that the file lies in. */
  in(codings: readonly Coding[]): Representation | undefined {
    for (const coding of codings) {
      const representation = this.#representations.get(coding);
      if (representation !== undefined) return representation;
    }
    return undefined;
  }

  /** Whether what is kept may be served without another look at the disk. */
  get isFresh(): boolean {
    if (this.#manner.immutable && this.#settled) return true;
    return performance.now() - this.#lookedAt < FRESH;
  }

  /** Looks at the disk. @returns whether the file and its siblings are still what is kept */
  async revalidate(): Promise<boolean> {
    this.#lookedAt = performance.now();
    const kinds: [Coding, string][] = [["identity", ""]];
    if (this.#manner.siblings) kinds.push(...COMPRESSED);
    const same = kinds.map(async ([coding, suffix]) => {
      const state = await currentState(this.#folder, this.#name + suffix);
      return state === (this.#representations.get(coding)?.state ?? "");
    });
    this.#settled = (await Promise.all(same)).every(Boolean);
    return this.#settled;
  }

  /** Keeps the file open while `use` runs, even if it is retired meanwhile. */
  async using(use: () => Promise<void>): Promise<void> {
    this.#users++;
    try {
      await use();
    } finally {
      this.#users--;
      await this.#closeUnused();
    }
  }

  /** The file is kept no longer: it is closed once nobody reads it, or was just about to. */
  async retire(): Promise<void> {
    await turn();
    this.#retired = true;
    await this.#closeUnused();
  }

  async #closeUnused(): Promise<void> {
    if (!this.#retired || this.#users > 0) return;
    for (const representation of this.#representations.values()) await representation.close();
  }
}
