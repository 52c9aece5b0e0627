import { addressOf } from "./key.ts";

/** Which stored answers are to be forgotten. */
export type Purge =
  | { readonly what: "all" }
  /** One address as requests have it, with its query; or as a whole URL, for one origin only. */
  | { readonly what: "address"; readonly address: string }
  /** All addresses that begin so. */
  | { readonly what: "prefix"; readonly address: string };

/** Whether a purge is for what lies under a key. */
export function concerns(purge: Purge, key: string): boolean {
  if (purge.what === "all") return true;
  const { origin, target } = addressOf(key);
  const candidate = purge.address.startsWith("/") ? target : origin + target;
  return purge.what === "prefix"
    ? candidate.startsWith(purge.address)
    : candidate === purge.address;
}
