import { setImmediate as nextTurn } from "node:timers/promises";
import { lookup } from "mrmime";
import { type Coding, type Compressed, SUFFIXES } from "./accept-encoding.ts";
import { currentState, type OpenedFile, openFile } from "./opened-file.ts";
import { Representation } from "./representation.ts";

/** How long a file that may change is served without a check of the disk, in milliseconds. */
const FRESH = 1000;

/** What an open file counts for, in bytes: so the limit of memory limits the descriptors too. */
const OPEN = 64 * 1024;

const COMPRESSED = Object.entries(SUFFIXES) as [Compressed, string][];

const ONE_YEAR = "public, max-age=31536000, immutable";
/** A browser may keep it, but must validate it each time. */
const VALIDATE = "no-cache";

export interface Serving {
  /** Whether compressed siblings are served in its place. */
  readonly siblings: boolean;
  readonly immutable: boolean;
}

/** A file of a mount with its compressed siblings: what one path stands for. */
export class StoredFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #serving: Serving;
  readonly #representations: ReadonlyMap<Coding, Representation>;
  /** Whether it was requested since the memory last checked. */
  used = false;
  #checkedAt = performance.now();
  /** False at first: the file may have been half written as it was read. The next check shows it. */
  #settled = false;
  #users = 0;
  #retired = false;

  private constructor(
    folder: string,
    name: string,
    serving: Serving,
    representations: ReadonlyMap<Coding, Representation>,
  ) {
    this.#folder = folder;
    this.#name = name;
    this.#serving = serving;
    this.#representations = representations;
  }

  /** @returns undefined or "folder" as `openFile` does, where there is no file of that name */
  static async load(folder: string, name: string, serving: Serving) {
    const opened = await openFile(folder, name);
    if (typeof opened !== "object") return opened;
    const found = new Map<Coding, OpenedFile>([["identity", opened]]);
    for (const [coding, suffix] of serving.siblings ? COMPRESSED : []) {
      const sibling = await openFile(folder, name + suffix);
      if (typeof sibling === "object") found.set(coding, sibling);
    }
    const about = {
      type: contentType(name),
      cacheControl: serving.immutable ? ONE_YEAR : VALIDATE,
      varies: found.size > 1,
    };
    const representations = new Map<Coding, Representation>();
    for (const [coding, file] of found) {
      representations.set(coding, await Representation.of(file, coding, about));
    }
    return new StoredFile(folder, name, serving, representations);
  }

  /** Bytes of memory that its content takes; a file that is kept open counts as well. */
  get weight(): number {
    let bytes = 0;
    for (const { content } of this.#representations.values()) bytes += content?.length ?? OPEN;
    return bytes;
  }

  in(codings: readonly Coding[]): Representation | undefined {
    for (const coding of codings) {
      const representation = this.#representations.get(coding);
      if (representation !== undefined) return representation;
    }
    return undefined;
  }

  /** Whether it may be served without a check of the disk. */
  get isFresh(): boolean {
    if (this.#serving.immutable && this.#settled) return true;
    return performance.now() - this.#checkedAt < FRESH;
  }

  /** Checks the disk. @returns whether the file and its siblings are unchanged */
  async revalidate(): Promise<boolean> {
    this.#checkedAt = performance.now();
    const kinds: [Coding, string][] = [["identity", ""]];
    if (this.#serving.siblings) kinds.push(...COMPRESSED);
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

  /** Closes the file once all who read it, or are about to, have finished. */
  async retire(): Promise<void> {
    await nextTurn();
    this.#retired = true;
    await this.#closeUnused();
  }

  async #closeUnused(): Promise<void> {
    if (!this.#retired || this.#users > 0) return;
    for (const representation of this.#representations.values()) await representation.close();
  }
}

/** What a browser reads as text: without a charset it would guess one. */
const TEXTUAL = /^text\/|^application\/xml$|\+xml$/;

function contentType(name: string): string {
  const type = lookup(name) ?? "application/octet-stream";
  return TEXTUAL.test(type) ? `${type}; charset=utf-8` : type;
}
