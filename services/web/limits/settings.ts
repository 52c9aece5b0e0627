import { integer, milliseconds, toggle } from "@gatehouse/settings";

const MINUTE = 60_000;

/** Rows of the edge's table: what a request and a client may take. */
export const limitRows = {
  limitRequestLine: integer({
    default: 4094,
    min: 128,
    max: 65536,
    unit: "bytes",
    why: "The longest request line.",
  }),
  limitRequestField: integer({
    default: 8190,
    min: 128,
    max: 65536,
    unit: "bytes",
    why: "The longest header field.",
  }),
  limitRequestFields: integer({
    default: 100,
    min: 10,
    max: 1000,
    why: "The most header fields of a request.",
  }),
  limitRequestBody: integer({
    default: 64 * 1024 ** 2,
    min: 0,
    max: 1024 ** 4,
    unit: "bytes",
    why: "The largest body; 0 for any size.",
  }),
  headersTimeout: milliseconds({
    default: 10_000,
    min: 100,
    max: 10 * MINUTE,
    why: "How long the head of a request may take; bounds clients that send slowly.",
  }),
  bodyMinRate: integer({
    default: 256,
    min: 0,
    max: 1024 ** 2,
    unit: "bytes/s",
    why: "The least rate of a request body, on average over a window; 0 for any rate.",
  }),
  bodyRateWindow: milliseconds({
    default: 10_000,
    min: 100,
    max: 10 * MINUTE,
    why: "The window of that rate.",
  }),
  sendMinRate: integer({
    default: 256,
    min: 0,
    max: 1024 ** 2,
    unit: "bytes/s",
    why: "The least rate at which a client must read a response that is ready; 0 for any rate.",
  }),
  sendRateWindow: milliseconds({
    default: MINUTE,
    min: 100,
    max: 10 * MINUTE,
    why: "The window of that rate; progress is seen in pieces of 64 KiB and more, so be generous.",
  }),
  limitConnections: integer({
    default: 4096,
    min: 1,
    max: 1_000_000,
    why: "Connections at once; the newest above it is rejected with 503.",
  }),
  limitClientConnections: integer({
    default: 2048,
    min: 0,
    max: 1_000_000,
    why: "Connections of one client (IPv6: of one /64); 0 for any number. Wide, because behind a published port all local clients are one address.",
  }),
  limitRequests: integer({
    default: 2048,
    min: 1,
    max: 1_000_000,
    why: "Requests in flight at once, without long responses; then each client has an equal share.",
  }),
  limitLongResponses: integer({
    default: 1024,
    min: 1,
    max: 1_000_000,
    why: "Responses that stay open: event streams, WebSockets, and what a client takes longer than 5 s for.",
  }),
  limitMemory: integer({
    default: 128 * 1024 ** 2,
    min: 1024 ** 2,
    max: 1024 ** 4,
    unit: "bytes",
    why: "What clients may hold: connections, requests, bytes that wait. A quarter of the container's memory.",
  }),
  limitConnectionMemory: integer({
    default: 16 * 1024 ** 2,
    min: 64 * 1024,
    max: 1024 ** 4,
    unit: "bytes",
    why: "What the requests of one connection may hold of it.",
  }),
  limitClientRate: integer({
    default: 50_000,
    min: 0,
    max: 1_000_000,
    unit: "requests/s",
    why: "Requests of one client; above it they get 429. 0 for any rate. As wide; 100 is plenty for people.",
  }),
  limitClientBurst: integer({
    default: 50_000,
    min: 0,
    max: 1_000_000,
    why: "How many requests a client may be ahead of its rate.",
  }),
  limitsDryRun: toggle({
    default: false,
    why: "Clients above their limits are counted and logged, but served.",
  }),
};
