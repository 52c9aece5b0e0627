import { type ClientSide, fieldValue, type RawFields } from "@gatehouse/http";
import { timingEntry } from "@gatehouse/telemetry";
import { isLocalName } from "../site/hsts.ts";
import { isShared } from "./shared-response.ts";

/** The fields of the site that every response gets which does not have them. */
export interface SiteFields {
  /** Names in lower case, and values. */
  headers: ReadonlyMap<string, string>;
  /** Strict-Transport-Security over HTTPS; undefined for none. */
  hsts?: string | undefined;
}

interface Responded {
  readonly requestId: string;
  readonly client: ClientSide;
  /** The replica that made it; undefined for a response of the edge. */
  readonly replica: string | undefined;
  /** A Set-Cookie for the response of a replica, so that the client has its affinity key. */
  readonly newCookie: string | undefined;
}

/**
 * The fields of a response with those of the edge: the request's id, the time it took, the site's.
 * @param upstreamTiming the Server-Timing of the tiers behind the edge, or ""
 * @param elapsed milliseconds since the request's head; undefined for no Server-Timing
 */
export function withOwnFields(
  fields: RawFields,
  upstreamTiming: string,
  elapsed: number | undefined,
  { requestId, client, replica, newCookie }: Responded,
  { headers, hsts }: SiteFields,
): string[] {
  const all = [...fields, "X-Request-ID", requestId];
  if (elapsed !== undefined) {
    const own = timingEntry("web", elapsed);
    all.push("Server-Timing", upstreamTiming === "" ? own : `${own}, ${upstreamTiming}`);
  }
  // A shared cache in front would give one client's cookie to all.
  if (newCookie !== undefined && replica !== undefined && !isShared(fields)) {
    all.push("Set-Cookie", newCookie);
  }
  // RFC 6797, 7.2: over HTTPS alone. And no name that other sites of the client have, too.
  const strict = hsts !== undefined && client.scheme === "https" && !isLocalName(client.host);
  if (headers.size === 0 && !strict) return all;
  const present = new Set<string>();
  for (let at = 0; at < all.length; at += 2) present.add((all[at] ?? "").toLowerCase());
  for (const [name, value] of headers) if (!present.has(name)) all.push(name, value);
  if (strict && !present.has(HSTS) && !headers.has(HSTS)) all.push(HSTS, hsts);
  return all;
}

const HSTS = "strict-transport-security";

export function isEventStream(fields: RawFields): boolean {
  return fieldValue("content-type", fields)?.toLowerCase().startsWith("text/event-stream") ?? false;
}
