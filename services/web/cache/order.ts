import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { Forwarded } from "./cache-status.ts";
import type { Entry } from "./entry.ts";
import type { Loans } from "./loans.ts";
import type { Selecting } from "./vary.ts";

/** What a fetch brought that others may use too. */
export interface Found {
  readonly entry: Entry;
  readonly names: readonly string[];
  readonly variant: string;
}

/** Who has a fetch made, and for whom. */
export interface Order {
  /** The client in whose name it is; undefined where nobody waits for the answer. */
  readonly leader: { readonly exchange: Exchange; readonly sink: ResponseSink } | undefined;
  /** Under which an answer will be stored. */
  readonly key: string;
  readonly selecting: Selecting;
  readonly authorized: boolean;
  readonly why: Forwarded;
  /** What is asked for anew. */
  readonly stale: Found | undefined;
  /** The most bytes of content that are kept. */
  readonly largest: number;
  readonly loans: Loans;
  /** An answer to keep has come as a whole. */
  keeps(found: Found): void;
  /** The answer turned out not to be kept, and the former one does not hold any more. */
  drops(): void;
  /** The answer is to be confirmed for each request anew: waiting for it leads to nothing. */
  declines(): void;
  /** Nobody is to wait for this fetch from now on. */
  retires(): void;
}
