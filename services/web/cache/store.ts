import type { Entry } from "./entry.ts";

/** How many answers one address may have, told apart by Vary; the oldest goes first. */
const MOST_VARIANTS = 64;

/** All stored answers of one address. */
interface Resource {
  /** By which request fields they differ. */
  readonly names: readonly string[];
  readonly variants: Map<string, Entry>;
}

interface Place {
  readonly key: string;
  readonly variant: string;
  readonly size: number;
}

/** Answers in memory, bounded by their bytes: what was not used for the longest time goes first. */
export class Store {
  readonly #bound: number;
  readonly #resources = new Map<string, Resource>();
  /** In the order of their last use. */
  readonly #places = new Map<Entry, Place>();
  #bytes = 0;
  #evicted = 0;

  /** @param bound bytes */
  constructor(bound: number) {
    this.#bound = bound;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#places.size;
  }

  /** How many had to go because others came. */
  get evicted(): number {
    return this.#evicted;
  }

  /** By which request fields the answers of an address differ; undefined where there are none. */
  namesOf(key: string): readonly string[] | undefined {
    return this.#resources.get(key)?.names;
  }

  get(key: string, variant: string): Entry | undefined {
    const entry = this.#resources.get(key)?.variants.get(variant);
    const place = entry && this.#places.get(entry);
    if (entry === undefined || place === undefined) return undefined;
    this.#places.delete(entry);
    this.#places.set(entry, place);
    return entry;
  }

  /** Puts an answer in the place of the one that was there. */
  put(key: string, names: readonly string[], variant: string, entry: Entry): void {
    // A client writes its address and the fields that tell variants apart as long as it likes.
    const size = entry.size + key.length + variant.length;
    if (size > this.#bound) return;
    const { variants } = this.#resourceFor(key, names);
    const former = variants.get(variant);
    if (former !== undefined) this.#forget(former);
    const [oldest] = variants.values();
    if (oldest !== undefined && variants.size >= MOST_VARIANTS) this.#forget(oldest);
    // Forgetting the last variant has forgotten the address.
    this.#resourceFor(key, names).variants.set(variant, entry);
    this.#places.set(entry, { key, variant, size });
    this.#bytes += size;
    for (const [least] of this.#places) {
      if (this.#bytes <= this.#bound) break;
      this.#evicted++;
      this.#forget(least);
    }
  }

  /** Forgets one answer, if it is still there. */
  drop(entry: Entry): void {
    this.#forget(entry);
  }

  /** Forgets all answers of the addresses that fit; returns how many there were. */
  purge(fits: (key: string) => boolean): number {
    let purged = 0;
    for (const [key, { variants }] of this.#resources) {
      if (!fits(key)) continue;
      for (const entry of [...variants.values()]) this.#forget(entry);
      purged++;
    }
    return purged;
  }

  /** Forgets all answers of one address. */
  remove(key: string): void {
    for (const entry of [...(this.#resources.get(key)?.variants.values() ?? [])]) {
      this.#forget(entry);
    }
  }

  /** The latest answer says by what all of them differ: those that knew otherwise go. */
  #resourceFor(key: string, names: readonly string[]): Resource {
    const known = this.#resources.get(key);
    if (known !== undefined && known.names.join() === names.join()) return known;
    if (known !== undefined) this.remove(key);
    const resource = { names, variants: new Map<string, Entry>() };
    this.#resources.set(key, resource);
    return resource;
  }

  #forget(entry: Entry): void {
    const place = this.#places.get(entry);
    if (place === undefined) return;
    this.#places.delete(entry);
    this.#bytes -= place.size;
    const resource = this.#resources.get(place.key);
    resource?.variants.delete(place.variant);
    if (resource?.variants.size === 0) this.#resources.delete(place.key);
  }
}
