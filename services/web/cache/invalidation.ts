import { fieldValue, type RawFields } from "@gatehouse/http";
import type { ProxiedRequest } from "../proxy/upstream-request.ts";
import { addressOf, keysOfBothSchemes } from "./key.ts";

/** RFC 9110, section 9.2.1, and further safe methods of the registry. */
const SAFE: ReadonlySet<string> = new Set(
  "GET HEAD OPTIONS PROPFIND QUERY REPORT SEARCH TRACE".split(" "),
);

export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

/**
 * The keys that an unsafe request invalidates: those of its own address and of the ones that a
 * successful response names on the same host (RFC 9111, section 4.4). A response must not invalidate
 * another host's.
 */
export function invalidatedKeys(
  { client, target }: ProxiedRequest,
  status: number,
  fields: RawFields,
): string[] {
  if (status < 200 || status >= 400) return [];
  const base = `${client.scheme}://${client.host}${target}`;
  const targets = [target];
  for (const name of ["location", "content-location"]) {
    const reference = fieldValue(name, fields);
    const url = reference === undefined ? null : URL.parse(reference, base);
    if (url !== null && url.host === URL.parse(base)?.host) targets.push(url.pathname + url.search);
  }
  return targets.flatMap((each) => keysOfBothSchemes(client, each));
}

/** Which stored responses an operator removes. */
export type Purge =
  | { readonly what: "all" }
  /** One target with its query; or a whole URL, for one origin only. */
  | { readonly what: "address"; readonly address: string }
  /** All addresses that begin so. */
  | { readonly what: "prefix"; readonly address: string };

export function isPurged(key: string, purge: Purge): boolean {
  if (purge.what === "all") return true;
  const { origin, target } = addressOf(key);
  const candidate = purge.address.startsWith("/") ? target : origin + target;
  return purge.what === "prefix"
    ? candidate.startsWith(purge.address)
    : candidate === purge.address;
}
