import { isNetwork, OWN_SUBNETS } from "@gatehouse/http";
import { integer, list, milliseconds, text, toggle } from "@gatehouse/settings";

const MINUTE = 60_000;

/** In the order in which a request meets them. */
export const httpSettings = {
  headersTimeout: milliseconds({
    default: 30_000,
    min: 100,
    max: 10 * MINUTE,
    why: "How long the head of a request may take.",
  }),
  trustedProxies: list({
    default: [OWN_SUBNETS],
    allowed: `addresses, CIDRs or "${OWN_SUBNETS}", separated by commas`,
    matches: { test: isNetwork },
    why: "Proxies whose forwarded header fields are kept; those of all others are removed. The Unix socket is trusted.",
  }),
  limitRequestLine: integer({
    default: 5118,
    min: 128,
    max: 65536,
    unit: "bytes",
    why: "The longest request line; the edge's limit and headroom for what it adds.",
  }),
  limitRequestField: integer({
    default: 10238,
    min: 128,
    max: 65536,
    unit: "bytes",
    why: "The longest header field; the edge's limit and headroom.",
  }),
  limitRequestFields: integer({
    default: 120,
    min: 10,
    max: 1000,
    why: "How many header fields; the edge's limit and headroom for what it adds.",
  }),
  limitRequestBody: integer({
    default: 1024 ** 3,
    min: 0,
    max: 1024 ** 4,
    unit: "bytes",
    why: "The largest body; wide, since the edge has the site's limit; 0 for any size.",
  }),
  bodyMinRate: integer({
    default: 32,
    min: 0,
    max: 1024 ** 2,
    unit: "bytes/s",
    why: "The lowest rate of a body, on average over a window; 0 for any rate.",
  }),
  bodyRateWindow: milliseconds({
    default: 30_000,
    min: 100,
    max: 10 * MINUTE,
    why: "The window of the rate; wide, since the edge has the strict one.",
  }),
  healthPath: text({
    default: "/healthz",
    allowed: "a path that begins with /, or off",
    matches: /^(\/[\x21-\x7e]*|off)$/,
    why: "Requests for it are not queued; a new worker must respond to it below 500 before it serves.",
  }),
  maxInFlight: integer({
    default: 1000,
    min: 1,
    max: 1_000_000,
    why: "Requests that the application of one worker serves at a time.",
  }),
  queueSize: integer({
    default: 1000,
    min: 0,
    max: 1_000_000,
    why: "Requests that may wait in one worker; the next one gets 503 with Retry-After.",
  }),
  queueTimeout: milliseconds({
    default: 5000,
    min: 1,
    max: 60 * MINUTE,
    why: "How long a request may wait for the application; then it gets 503.",
  }),
  webSocketBacklog: integer({
    default: 4 * 1024 ** 2,
    min: 64 * 1024,
    max: 1024 ** 3,
    unit: "bytes",
    why: "What may wait for a client that does not read its WebSocket; above it the connection is cut.",
  }),
  webSocketBacklogs: integer({
    default: 64 * 1024 ** 2,
    min: 64 * 1024,
    max: 1024 ** 4,
    unit: "bytes",
    why: "The same for all WebSockets of a worker; above it the fullest is cut.",
  }),
  serverTiming: toggle({
    default: true,
    why: "Whether responses carry Server-Timing, which shows visitors how long each tier took.",
  }),
  keepAlive: milliseconds({
    default: 75_000,
    min: 1000,
    max: 60 * MINUTE,
    why: "How long an idle connection stays; must outlast the idle time of the proxy in front.",
  }),
} as const;
