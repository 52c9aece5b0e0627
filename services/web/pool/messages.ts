import type { Purge } from "../cache/invalidation.ts";
import type { Mode } from "../pause/mode.ts";

export type ToWorker =
  /** Keep serving, but have every client continue on another connection. */
  | { readonly type: "lame-duck" }
  /** Accept no more connections, finish what is in flight, exit. */
  | { readonly type: "retire" }
  | { readonly type: "ticket-keys"; readonly keys: Uint8Array }
  | { readonly type: "mode"; readonly mode: Mode }
  /** The share of clients for a canary; 0 for none. */
  | { readonly type: "canary"; readonly percent: number }
  | { readonly type: "call"; readonly id: number; readonly call: Call };

/** What the primary calls a worker for. Each call has one result, or fails. */
export type Call =
  | { readonly about: "status" }
  | { readonly about: "metrics" }
  | { readonly about: "reload" }
  | { readonly about: "certificates" }
  /** How many requests are in flight to the application: once there is none, or after `timeout` ms. */
  | { readonly about: "in-flight"; readonly timeout: number }
  /** Remove stored responses; the result is the number of their addresses. */
  | { readonly about: "purge"; readonly purge: Purge }
  | { readonly about: "log" };

export type FromWorker =
  | { readonly type: "ready"; readonly ports: BoundPorts }
  /** The worker will never be ready. */
  | { readonly type: "failed"; readonly reason: string }
  /** The worker serves, but should be replaced. */
  | { readonly type: "unfit" }
  /** The event loop runs; sent every BEAT_INTERVAL. */
  | { readonly type: "beat" }
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "failure"; readonly id: number; readonly reason: string };

export interface BoundPorts {
  readonly http: number;
  readonly https: number | undefined;
}

/** Milliseconds. */
export const BEAT_INTERVAL = 1000;

/**
 * How many copies of each listening socket a worker has. libuv accepts one connection of each in a turn of
 * the event loop: with one copy, clients who make the turns long would keep all others waiting.
 */
export const ACCEPTORS = 32;

/** The copies of the primary's listening sockets among the file descriptors of a worker. */
export const HTTP_DESCRIPTORS = Array.from({ length: ACCEPTORS }, (_, at) => 4 + at);
export const HTTPS_DESCRIPTORS = HTTP_DESCRIPTORS.map((descriptor) => descriptor + ACCEPTORS);
