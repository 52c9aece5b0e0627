import {
  type ClientSide,
  isConditional,
  preconditions,
  type RawFields,
  sameWeakly,
  withoutFields,
} from "@gatehouse/http";
import { requestId, type Span, traceparent } from "@gatehouse/telemetry";
import type { Exchange } from "../exchange/exchange.ts";
import type { ProxiedRequest } from "../proxy/upstream-request.ts";
import type { Entry } from "./entry.ts";
import type { Head } from "./head.ts";

/** Whether the client has this response already, so that it gets 304; RFC 9111, section 4.3.2. */
export function isNotModified(head: Head, conditions: Exchange["request"]["headers"]): boolean {
  if (head.status !== 200 || !isConditional(conditions)) return false;
  const modified = head.date("last-modified") ?? head.date("date");
  return preconditions(conditions, { etag: head.get("etag"), modified }) === 304;
}

/** Whether a 304 is about the stored response: its validator is the same (RFC 9111, section 4.3.4). */
export function validates(received: Head, stored: Head): boolean {
  const etag = received.get("etag");
  if (etag !== undefined) return sameWeakly(etag, stored.get("etag") ?? "");
  const modified = received.get("last-modified");
  return modified === undefined || modified === stored.get("last-modified");
}

/** The client's own conditions and range: the cache needs the whole response. */
const CONDITIONS: ReadonlySet<string> = new Set(
  "if-modified-since if-none-match if-range range".split(" "),
);

/** The cache's own request, for a whole response or for the validation of a stale one. */
export class CacheRequest implements ProxiedRequest {
  readonly method = "GET";
  readonly body = undefined;
  readonly rawTrailers = [];
  readonly target: string;
  readonly rawHeaders: RawFields;
  readonly client: ClientSide;
  readonly connection: object;
  readonly requestId: string;
  readonly traceparent: string;
  readonly span: Span | undefined;
  readonly affinity: string | undefined;
  /** What is stored is for all clients. */
  readonly release = undefined;
  readonly #waiting: ProxiedRequest | undefined;

  /**
   * @param waits whether the client waits for the response; otherwise the request has ids of its own
   */
  constructor(request: ProxiedRequest, stale: Entry | undefined, waits: boolean) {
    const fields = withoutFields(request.rawHeaders, CONDITIONS);
    const etag = stale?.head.get("etag");
    const modified = stale?.head.get("last-modified");
    if (etag !== undefined) fields.push("If-None-Match", etag);
    if (modified !== undefined) fields.push("If-Modified-Since", modified);
    this.rawHeaders = fields;
    this.target = request.target;
    this.client = request.client;
    this.connection = request.connection;
    this.affinity = request.affinity;
    this.requestId = waits ? request.requestId : requestId(undefined);
    this.traceparent = waits ? request.traceparent : traceparent(undefined);
    this.span = waits ? request.span : request.span?.apart();
    this.#waiting = waits ? request : undefined;
  }

  attempt(replica: string): void {
    this.#waiting?.attempt(replica);
  }

  sent(): void {
    this.#waiting?.sent();
  }

  headReceived(): void {
    this.#waiting?.headReceived();
  }
}
