import { isNetwork } from "@gatehouse/http";
import {
  choice,
  defineSettings,
  integer,
  list,
  milliseconds,
  path,
  text,
  toggle,
  type Values,
} from "@gatehouse/settings";
import { cacheRows } from "./cache/settings.ts";
import { processRows } from "./primary/settings.ts";
import { operationRows } from "./telemetry/settings.ts";
import { acmeRows } from "./tls/acme/settings.ts";
import { tlsRows } from "./tls/settings.ts";

const MINUTE = 60_000;
const HOST = { allowed: "a host name or an address", matches: /^[A-Za-z0-9.:_-]+$/ };
const OPTIONAL_PATH = { allowed: "a path, or nothing", matches: /^[^\0]*$/ };

export const webSettings = defineSettings("WEB", {
  host: text({ ...HOST, default: "127.0.0.1", why: "The address to listen on." }),
  httpPort: integer({ default: 8080, min: 0, max: 65535, why: "The port of plain HTTP." }),
  httpsPort: integer({ default: 8443, min: 0, max: 65535, why: "The port of HTTPS." }),
  https: choice({
    of: ["serve", "redirect", "off"],
    default: "serve",
    why: "serve: both ports serve the site; redirect: HTTP answers with redirects; off: no HTTPS.",
  }),
  publicOrigin: text({
    default: "https://127.0.0.1:8443",
    allowed: "an origin such as https://www.example.org",
    matches: /^https?:\/\/[A-Za-z0-9.:[\]-]+$/,
    why: "The address that visitors know, for redirects.",
  }),
  adminHost: text({ ...HOST, default: "127.0.0.1", why: "The address of the admin port." }),
  adminPort: integer({
    default: 9100,
    min: 0,
    max: 65535,
    why: "The read-only admin port: /livez, /readyz, /metrics, /status.",
  }),
  ...processRows,
  ...tlsRows,
  ...acmeRows,
  ...operationRows,
  adminSocket: text({
    ...OPTIONAL_PATH,
    default: "",
    why: "A Unix socket with the same pages, for the container's own health check.",
  }),
  assets: path({ default: "/srv/assets", why: "The folder of the collected static files." }),
  media: path({
    default: "/srv/media",
    why: "The folder of files that only the application can have sent, by X-Accel-Redirect.",
  }),
  fileMemory: integer({
    default: 64 * 1024 ** 2,
    min: 0,
    max: 64 * 1024 ** 3,
    unit: "bytes",
    why: "What static files may take in memory together; those asked for last stay.",
  }),
  upstream: text({
    default: "127.0.0.1:8000",
    allowed: "host:port",
    matches: /^[A-Za-z0-9._-]+:\d{1,5}$/,
    why: "The gateways: every address that the name has is a replica.",
  }),
  nameServer: text({
    default: "",
    allowed: "an address, with a port or without, or nothing",
    matches: /^[0-9A-Fa-f.:[\]]*$/,
    why: "Who resolves the upstream's name; nothing is the system's own name server.",
  }),
  upstreamAdminPort: integer({
    default: 9200,
    min: 1,
    max: 65535,
    why: "The admin port of the gateways, asked for /readyz.",
  }),
  resolveInterval: milliseconds({
    default: 500,
    min: 100,
    max: MINUTE,
    why: "How often the upstream's name is looked up; a new address is found within this time.",
  }),
  checkInterval: milliseconds({
    default: 1000,
    min: 100,
    max: MINUTE,
    why: "How often a replica is asked whether it is ready; less than half of GATEWAY_LAME_DUCK.",
  }),
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
    why: "How long a replica may take to begin its answer; a route may differ.",
  }),
  upstreamSilence: milliseconds({
    default: MINUTE,
    min: 100,
    max: 60 * MINUTE,
    why: "How long a replica may be silent within its answer; a route may differ.",
  }),
  upstreamTotalTimeout: milliseconds({
    default: 0,
    min: 0,
    max: 24 * 60 * MINUTE,
    why: "How long an answer may take in all, from its request's head; 0 for any time.",
  }),
  circuitFailures: integer({
    default: 5,
    min: 0,
    max: 1000,
    why: "Failures in a row after which a replica gets nothing for a while; 0 for never.",
  }),
  circuitOpenFor: milliseconds({
    default: 5000,
    min: 100,
    max: 10 * MINUTE,
    why: "How long that while is; then one request finds out whether it is over.",
  }),
  bufferMemory: integer({
    default: 64 * 1024,
    min: 0,
    max: 64 * 1024 ** 2,
    unit: "bytes",
    why: "On routes that buffer bodies: the part of one that is kept in memory, the rest on disk.",
  }),
  bufferDisk: integer({
    default: 1024 ** 3,
    min: 0,
    max: 1024 ** 4,
    unit: "bytes",
    why: "What all buffered bodies together may take of the disk; more get 503.",
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
  trustedProxies: list({
    default: [],
    allowed: "addresses or CIDRs, separated by commas",
    matches: { test: isNetwork },
    why: "Proxies in front of the edge, whose forwarded headers are believed.",
  }),
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
  limitRequestFields: integer({ default: 100, min: 10, max: 1000, why: "How many fields." }),
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
    why: "How long the head of a request may take; bounds clients that trickle.",
  }),
  bodyMinRate: integer({
    default: 256,
    min: 0,
    max: 1024 ** 2,
    unit: "bytes/s",
    why: "The least that a body must bring, on average over a window; 0 for any rate.",
  }),
  bodyRateWindow: milliseconds({
    default: 10_000,
    min: 100,
    max: 10 * MINUTE,
    why: "The window of that rate.",
  }),
  keepAlive: milliseconds({
    default: 65_000,
    min: 0,
    max: 60 * MINUTE,
    why: "How long an idle connection of a client stays.",
  }),
  ...cacheRows,
  sendMinRate: integer({
    default: 256,
    min: 0,
    max: 1024 ** 2,
    unit: "bytes/s",
    why: "The least that a client must take of its answer while some lies ready; 0 for any rate.",
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
    why: "Connections at once; the newest above it is turned away with 503.",
  }),
  limitClientConnections: integer({
    default: 2048,
    min: 0,
    max: 1_000_000,
    why: "Connections of one client (IPv6: of one /64); 0 for any number. Wide, because behind a published port all local clients are one address.",
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
  proxyProtocol: list({
    default: [],
    allowed: "addresses or CIDRs, separated by commas",
    matches: { test: isNetwork },
    why: "Proxies in front whose connections begin with a PROXY header, version 1 or 2; nobody else's may.",
  }),
  serverTiming: toggle({
    default: true,
    why: "Whether answers carry Server-Timing: it tells visitors how long each tier took.",
  }),
  namespaceFile: text({
    ...OPTIONAL_PATH,
    default: "",
    why: "Where the holder of the network namespace writes which one it holds.",
  }),
});

export type WebSettings = Values<typeof webSettings>;
