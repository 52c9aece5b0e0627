import type { Manifest } from "./manifest.ts";

/** A rule for the objects of an overlay. */
export interface Rule {
  readonly name: string;
  /** @returns what is wrong, each with the object's kind and name */
  readonly check: (manifests: readonly Manifest[]) => string[];
}
