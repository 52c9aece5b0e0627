import { integer, milliseconds, path } from "@gatehouse/settings";

const MINUTE = 60_000;

/** Rows of the edge's table: connections and requests to the replicas. */
export const proxyRows = {
  connectTimeout: milliseconds({
    default: 500,
    min: 20,
    max: 1000,
    why: "How long a connection to a replica may take before another one is tried.",
  }),
  upstreamIdle: milliseconds({
    default: 4000,
    min: 100,
    max: MINUTE,
    why: "When an idle upstream connection is closed; well before the gateway would.",
  }),
  upstreamConnections: integer({
    default: 256,
    min: 1,
    max: 10_000,
    why: "The most connections to one replica; further requests wait for one.",
  }),
  upstreamQueue: integer({
    default: 1024,
    min: 0,
    max: 100_000,
    why: "How many requests may wait for a connection to one replica; more get 503.",
  }),
  upstreamQueueTimeout: milliseconds({
    default: 10_000,
    min: 10,
    max: 10 * MINUTE,
    why: "How long a request waits for a connection before it gets 503.",
  }),
  upstreamSendTimeout: milliseconds({
    default: MINUTE,
    min: 100,
    max: 60 * MINUTE,
    why: "How long a replica may take no byte of a request; a route may differ.",
  }),
  upstreamTimeout: milliseconds({
    default: MINUTE,
    min: 100,
    max: 60 * MINUTE,
    why: "How long a replica may take to begin its response; a route may differ.",
  }),
  upstreamSilence: milliseconds({
    default: MINUTE,
    min: 100,
    max: 60 * MINUTE,
    why: "How long a replica may be silent within its response; a route may differ.",
  }),
  upstreamTotalTimeout: milliseconds({
    default: 0,
    min: 0,
    max: 24 * 60 * MINUTE,
    why: "How long a response may take in all, from its request's head; 0 for any time.",
  }),
  bufferMemory: integer({
    default: 64 * 1024,
    min: 0,
    max: 64 * 1024 ** 2,
    unit: "bytes",
    why: "On routes that buffer bodies: the part of one that is kept in memory, the rest on disk. Those of a connection keep at most half of WEB_LIMIT_CONNECTION_MEMORY.",
  }),
  bufferDisk: integer({
    default: 96 * 1024 ** 2,
    min: 0,
    max: 1024 ** 4,
    unit: "bytes",
    why: "What all buffered bodies together may take of the disk; more get 503. Less than the size of /tmp in compose.yaml.",
  }),
  bufferFolder: path({
    default: "/tmp",
    why: "Where buffered bodies lie, in files without a name that vanish with their request.",
  }),
  tunnelIdle: milliseconds({
    default: 60 * MINUTE,
    min: 100,
    max: 24 * 60 * MINUTE,
    why: "How long a WebSocket may be silent in both directions before it is closed.",
  }),
};
