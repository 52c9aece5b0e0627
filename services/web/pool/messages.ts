import type { Purge } from "../cache/invalidation.ts";
import type { Mode } from "../pause/mode.ts";

/** What the primary and its workers tell each other. */

export type ToWorker =
  /** Keep serving, but ask every client to come back on another connection. */
  | { readonly type: "lame-duck" }
  /** Accept nothing more, finish what is in flight, exit. */
  | { readonly type: "end" }
  | { readonly type: "ticket-keys"; readonly keys: Uint8Array }
  | { readonly type: "mode"; readonly mode: Mode }
  | { readonly type: "question"; readonly id: number; readonly question: Question };

/** What a worker is asked. Each question has one answer, which may take its time. */
export type Question =
  | { readonly about: "health" }
  | { readonly about: "status" }
  | { readonly about: "metrics" }
  /** Reads the site and the certificates anew. */
  | { readonly about: "reload" }
  /** Reads the certificates alone anew. */
  | { readonly about: "certificates" }
  /** How many requests are on their way to the application, once there is none or time is up. */
  | { readonly about: "under-way"; readonly patience: number }
  /** Forgets stored answers, and says how many addresses that were. */
  | { readonly about: "purge"; readonly purge: Purge }
  /** Opens the access log anew. */
  | { readonly about: "log" };

export type FromWorker =
  | { readonly type: "ready"; readonly ports: BoundPorts }
  /** It never will be ready, and says why. */
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly reason: string };

export interface BoundPorts {
  readonly http: number;
  readonly https: number | undefined;
}

/** Where the primary's listening sockets lie among the descriptors of a worker. */
export const HTTP_DESCRIPTOR = 4;
export const HTTPS_DESCRIPTOR = 5;
