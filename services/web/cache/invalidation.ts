import type { RawFields } from "@gatehouse/http";
import type { ProxiedRequest } from "../proxy/upstream-request.ts";
import { AnswerHead } from "./answer-head.ts";
import { keysOfBothSchemes } from "./key.ts";

/** RFC 9110, section 9.2.1, and the safe ones of the method registry that change nothing either. */
const SAFE: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "PROPFIND",
  "QUERY",
  "REPORT",
  "SEARCH",
  "TRACE",
]);

export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

/**
 * The keys of what an unsafe request may have changed: its own address and those that a successful
 * answer names on the same host (RFC 9111, section 4.4). Another host's are not the answer's to say.
 */
export function changedBy(request: ProxiedRequest, status: number, fields: RawFields): string[] {
  if (status < 200 || status >= 400) return [];
  const { client, target } = request;
  const head = new AnswerHead(status, fields);
  const base = `${client.scheme}://${client.host}${target}`;
  const targets = [target];
  for (const reference of [head.get("location"), head.get("content-location")]) {
    const url = reference === undefined ? null : URL.parse(reference, base);
    if (url !== null && url.host === URL.parse(base)?.host) targets.push(url.pathname + url.search);
  }
  return targets.flatMap((each) => keysOfBothSchemes(client, each));
}
