import type { ClientSide, RawFields } from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Entry } from "./entry.ts";
import { readCacheControl } from "./head.ts";
import { keyOf, type SelectingRequest, variantOf } from "./key.ts";
import type { ForwardReason } from "./respond.ts";
import type { Store } from "./store.ts";

/** Whether the store may have the response: not where only the application can judge a condition. */
export function isLookedUp({ method, body, request }: Exchange): boolean {
  if ((method !== "GET" && method !== "HEAD") || body !== undefined) return false;
  const { headers } = request;
  return headers["if-match"] === undefined && headers["if-unmodified-since"] === undefined;
}

/** Whether the request, sent as it is, gets a whole response: it has no conditions and no range. */
export function isUnconditional({ request: { headers } }: Exchange): boolean {
  return (
    headers["if-none-match"] === undefined &&
    headers["if-modified-since"] === undefined &&
    headers["if-range"] === undefined &&
    headers.range === undefined
  );
}

/**
 * only-if-cached spares the application, and is obeyed. The other directives of a request are advice
 * (RFC 9111, section 5.2.1): they would let any client send load to the application, or get stale
 * responses.
 * @throws EdgeError 504.
 */
export function refuseIfOnlyCached({ request }: Exchange): void {
  const field = request.headers["cache-control"];
  if (field === undefined || !readCacheControl(field).onlyIfCached) return;
  throw new EdgeError("not-stored", 504, "The response is not in the cache.");
}

/** How one request selects a stored response. */
export class Lookup implements SelectingRequest {
  readonly key: string;
  readonly rawHeaders: RawFields;
  readonly connection: string | undefined;
  readonly client: ClientSide;
  readonly authorized: boolean;
  /** Why the store had no response. */
  why: ForwardReason = "uri-miss";
  readonly #hasCookie: boolean;
  /** The fields by which the responses of this address vary, as far as known. */
  #names: readonly string[] | undefined;
  #variant: string | undefined;

  constructor({ client, target, request }: Exchange) {
    const { headers, rawHeaders } = request;
    this.key = keyOf(client, target);
    this.rawHeaders = rawHeaders;
    this.connection = headers.connection;
    this.client = client;
    this.authorized = headers.authorization !== undefined;
    this.#hasCookie = headers.cookie !== undefined;
  }

  findIn(store: Store): Entry | undefined {
    const names = store.namesOf(this.key);
    if (names !== undefined) this.#learn(names);
    this.why = names === undefined ? "uri-miss" : "vary-miss";
    if (names === undefined || this.#variant === undefined) return undefined;
    const entry = store.get(this.key, this.#variant);
    return entry === undefined || !this.#mayUse(entry) ? undefined : entry;
  }

  /**
   * What the requests have in common that one fetch may serve. As long as it is unknown by what the
   * responses vary, those for visitors with and without credentials probably do.
   */
  get fetchKey(): string {
    if (this.#variant !== undefined) return `${this.key}\n${this.#variant}`;
    return `${this.key}\n${this.authorized ? "authorized" : this.#hasCookie ? "cookie" : "anonymous"}?`;
  }

  /** Whether the response of another request's fetch may be used. Its Vary is remembered. */
  matches(entry: Entry): boolean {
    this.#learn(entry.names);
    return this.#variant === entry.variant && this.#mayUse(entry);
  }

  #mayUse({ forAuthorized }: Entry): boolean {
    return !this.authorized || forAuthorized;
  }

  #learn(names: readonly string[]): void {
    if (names === this.#names) return;
    this.#names = names;
    this.#variant = variantOf(names, this);
  }
}
