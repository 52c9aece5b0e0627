import type { Exchange } from "../exchange/exchange.ts";
import type { Forwarded } from "./cache-status.ts";
import { keyOf } from "./key.ts";
import type { Found } from "./order.ts";
import type { Store } from "./store.ts";
import { type Selecting, variantOf } from "./vary.ts";

/** What one request asks the store for. */
export class Lookup {
  readonly key: string;
  readonly selecting: Selecting;
  readonly authorized: boolean;
  /** Why the store had nothing. */
  why: Forwarded = "uri-miss";
  readonly #hasCookie: boolean;
  /** By which fields the answers of this address differ, as far as is known. */
  #names: readonly string[] | undefined;
  #variant: string | undefined;

  constructor({ client, target, request }: Exchange) {
    const { headers, rawHeaders } = request;
    this.key = keyOf(client, target);
    this.selecting = { rawHeaders, connection: headers.connection, client };
    this.authorized = headers.authorization !== undefined;
    this.#hasCookie = headers.cookie !== undefined;
  }

  in(store: Store): Found | undefined {
    const names = store.namesOf(this.key);
    if (names !== undefined) this.#learn(names);
    this.why = names === undefined ? "uri-miss" : "vary-miss";
    if (names === undefined || this.#variant === undefined) return undefined;
    const entry = store.get(this.key, this.#variant);
    if (entry === undefined || (this.authorized && !entry.forAuthorized)) return undefined;
    return { entry, names, variant: this.#variant };
  }

  /**
   * What requests have in common that one fetch may serve. Until it is known by what the answers
   * differ, those of visitors with and without credentials are likely to.
   */
  get fetchKey(): string {
    if (this.#variant !== undefined) return `${this.key}\n${this.#variant}`;
    return `${this.key}\n${this.authorized ? "authorized" : this.#hasCookie ? "cookie" : "anonymous"}?`;
  }

  /** Whether what a fetch has found answers this request; what it tells of Vary is learned. */
  fits({ entry, names, variant }: Found): boolean {
    this.#learn(names);
    return this.#variant === variant && (!this.authorized || entry.forAuthorized);
  }

  #learn(names: readonly string[]): void {
    if (names === this.#names) return;
    this.#names = names;
    this.#variant = variantOf(names, this.selecting);
  }
}
