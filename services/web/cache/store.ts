import type { Entry } from "./entry.ts";

/** How many variants one address may have; the least recently used is removed first. */
const MOST_VARIANTS = 64;

interface Resource {
  /** By which request fields they vary. */
  readonly names: readonly string[];
  /** The least recently used first. */
  readonly variants: Map<string, Entry>;
}

/** Responses in memory, limited by their bytes: the least recently used is evicted first. */
export class Store {
  bytes = 0;
  /** How many responses were removed to make room for others. */
  evicted = 0;
  readonly #limit: number;
  readonly #resources = new Map<string, Resource>();
  /** Bytes of each entry; the least recently used first. */
  readonly #sizes = new Map<Entry, number>();

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get entries(): number {
    return this.#sizes.size;
  }

  /** The request fields by which the responses of a key vary; undefined where there are none. */
  namesOf(key: string): readonly string[] | undefined {
    return this.#resources.get(key)?.names;
  }

  get(key: string, variant: string): Entry | undefined {
    const variants = this.#resources.get(key)?.variants;
    const entry = variants?.get(variant);
    const size = entry && this.#sizes.get(entry);
    if (entry === undefined || size === undefined) return undefined;
    this.#sizes.delete(entry);
    this.#sizes.set(entry, size);
    if (variants !== undefined && variants.size > 1) {
      variants.delete(variant);
      variants.set(variant, entry);
    }
    return entry;
  }

  /** Stores a response; it replaces the one of the same key and variant. */
  put(entry: Entry): void {
    const { size, variant } = entry;
    if (size > this.#limit) return;
    const { variants } = this.#resourceFor(entry);
    const former = variants.get(variant);
    if (former !== undefined) this.remove(former);
    const [unused] = variants.values();
    if (unused !== undefined && variants.size >= MOST_VARIANTS) this.remove(unused);
    // Removing the last variant has removed the resource.
    this.#resourceFor(entry).variants.set(variant, entry);
    this.#sizes.set(entry, size);
    this.bytes += size;
    for (const [leastRecent] of this.#sizes) {
      if (this.bytes <= this.#limit) break;
      this.evicted++;
      this.remove(leastRecent);
    }
  }

  remove(entry: Entry): void {
    const size = this.#sizes.get(entry);
    if (size === undefined) return;
    this.#sizes.delete(entry);
    this.bytes -= size;
    const resource = this.#resources.get(entry.key);
    resource?.variants.delete(entry.variant);
    if (resource?.variants.size === 0) this.#resources.delete(entry.key);
  }

  removeKey(key: string): void {
    for (const entry of [...(this.#resources.get(key)?.variants.values() ?? [])]) {
      this.remove(entry);
    }
  }

  /** Removes all responses of the keys that match; returns how many keys there were. */
  purge(matches: (key: string) => boolean): number {
    const keys = [...this.#resources.keys()].filter(matches);
    for (const key of keys) this.removeKey(key);
    return keys.length;
  }

  /** The latest response decides by what all of its key vary: the ones with other names go. */
  #resourceFor({ key, names }: Entry): Resource {
    const known = this.#resources.get(key);
    if (known !== undefined && known.names.join() === names.join()) return known;
    this.removeKey(key);
    const resource = { names, variants: new Map<string, Entry>() };
    this.#resources.set(key, resource);
    return resource;
  }
}
