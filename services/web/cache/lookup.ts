import { type ClientSide, isConditional, type RawFields } from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { ProxyRoute } from "../site/site.ts";
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

/** A request that the store may serve: how it selects a response, and where that goes. */
export class Lookup implements SelectingRequest {
  readonly exchange: Exchange;
  readonly route: ProxyRoute;
  readonly sink: ResponseSink;
  readonly key: string;
  readonly rawHeaders: RawFields;
  readonly client: ClientSide;
  readonly authorized: boolean;
  /** Why the store had no response. */
  why: ForwardReason = "uri-miss";
  /** The fields by which the responses of this address vary, as far as known. */
  #names: readonly string[] | undefined;
  #variant: string | undefined;
  readonly #overrides: string;

  /** @param overrides see `overridesOf` */
  constructor(exchange: Exchange, route: ProxyRoute, sink: ResponseSink, overrides: string) {
    const { client, target, request } = exchange;
    this.exchange = exchange;
    this.route = route;
    this.sink = sink;
    this.key = keyOf(client, target);
    this.rawHeaders = request.rawHeaders;
    this.client = client;
    this.#overrides = overrides;
    this.authorized = request.headers.authorization !== undefined;
  }

  /** Whether the client has a response, which the application may validate. */
  get isConditional(): boolean {
    return isConditional(this.exchange.request.headers);
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
    const hasCookie = this.exchange.request.headers.cookie !== undefined;
    const visitor = this.authorized ? "authorized" : hasCookie ? "cookie" : "anonymous";
    return `${this.key}\n${this.#overrides}${visitor}?`;
  }

  /** The variant of a response to this request that varies by these fields. */
  variantBy(names: readonly string[]): string {
    return this.#overrides + variantOf(names, this);
  }

  /** Whether the response of another request's fetch may be used. Its Vary is remembered. */
  matches(entry: Entry): boolean {
    this.#learn(entry.names);
    return this.#variant === entry.variant && this.#mayUse(entry);
  }

  /**
   * only-if-cached spares the application, and is obeyed. A request's other directives are advice
   * (RFC 9111, section 5.2.1): any client could put load on the application with them.
   * @throws EdgeError 504.
   */
  refuseIfOnlyCached(): void {
    const field = this.exchange.request.headers["cache-control"];
    if (field === undefined || !readCacheControl(field).has("only-if-cached")) return;
    throw new EdgeError("not-stored", 504, "The response is not in the cache.");
  }

  #mayUse({ forAuthorized }: Entry): boolean {
    return !this.authorized || forAuthorized;
  }

  #learn(names: readonly string[]): void {
    if (names === this.#names) return;
    this.#names = names;
    this.#variant = this.variantBy(names);
  }
}
