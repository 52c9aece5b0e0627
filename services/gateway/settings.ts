import { isNetwork, OWN_SUBNETS } from "@gatehouse/http";
import {
  defineSettings,
  integer,
  list,
  milliseconds,
  path,
  text,
  toggle,
  type Values,
} from "@gatehouse/settings";
import { workerSettings } from "./configuration/worker-settings.ts";

const MINUTE = 60_000;

export const gatewaySettings = defineSettings("GATEWAY", {
  config: path({
    default: "gateway.config.ts",
    why: "The configuration file, read where it exists: settings and hooks.",
  }),
  app: path({
    default: "services/app/gateway.ts",
    why: "The application that the workers load, MODULE[:EXPORT]; an operand outranks it.",
  }),
  rootPath: text({
    default: "/",
    allowed: "a path that starts with /",
    matches: /^\/[^\s?#,=]*$/,
    why: "Where the application stands; it sees its requests as if it stood at /.",
  }),
  mount: list({
    default: [],
    allowed: "/PATH=MODULE[:EXPORT] words, separated by commas",
    matches: /^\/[^\s?#,=]*=[^\0]+$/,
    why: "Further applications in the same process; the flag may be given several times.",
  }),
  middleware: list({
    default: [],
    allowed: "paths of modules, separated by commas",
    matches: /^[^\0]+$/,
    why: "Modules (request, next) => Response in front of all applications, the first outermost.",
  }),
  host: text({
    default: "127.0.0.1",
    allowed: "a host name or an address",
    matches: /^[A-Za-z0-9.:_-]+$/,
    why: "The address to listen on; 0.0.0.0 in a container.",
  }),
  port: integer({ default: 8000, min: 0, max: 65535, why: "The port to listen on; 0 takes any." }),
  backlog: integer({
    default: 2048,
    min: 1,
    max: 65535,
    why: "How many connections may wait until a worker takes them.",
  }),
  ...workerSettings,
  adminHost: text({
    default: "127.0.0.1",
    allowed: "a host name or an address",
    matches: /^[A-Za-z0-9.:_-]+$/,
    why: "The address of the read-only admin port.",
  }),
  adminPort: integer({
    default: 9200,
    min: 0,
    max: 65535,
    why: "The admin port: /livez, /readyz, /metrics, /status.",
  }),
  adminSocket: text({
    default: "",
    allowed: "a path",
    matches: /^[^\0]*$/,
    why: "A Unix socket with the same pages, for the container's own health check.",
  }),
  controlSocket: text({
    default: "",
    allowed: "a path, off, or nothing",
    matches: /^[^\0]*$/,
    why: "Where the verbs (gateway status, reload ...) find it; empty names it after the port.",
  }),
  accessLog: text({
    default: "-",
    allowed: "- (stdout), off, or a path",
    matches: /^[^\0]+$/,
    why: "Where the access lines go; a file is opened anew on USR1.",
  }),
  serverTiming: toggle({
    default: true,
    why: "Whether answers carry Server-Timing: it tells visitors how long each tier took.",
  }),
  trustedProxies: list({
    default: [OWN_SUBNETS],
    allowed: `addresses, CIDRs or "${OWN_SUBNETS}", separated by commas`,
    matches: { test: isNetwork },
    why: "Whose forwarded headers are believed; everybody else's are removed.",
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
  headersTimeout: milliseconds({
    default: 30_000,
    min: 100,
    max: 10 * MINUTE,
    why: "How long the head of a request may take.",
  }),
  bodyMinRate: integer({
    default: 32,
    min: 0,
    max: 1024 ** 2,
    unit: "bytes/s",
    why: "The least that a body must bring, on average over a window; 0 for any rate.",
  }),
  bodyRateWindow: milliseconds({
    default: 30_000,
    min: 100,
    max: 10 * MINUTE,
    why: "The window of the rate; wide, since the edge has the strict one.",
  }),
  keepAlive: milliseconds({
    default: 75_000,
    min: 1000,
    max: 60 * MINUTE,
    why: "How long an idle connection stays; must outlast the idle time of the proxy in front.",
  }),
  lameDuck: milliseconds({
    default: 3000,
    min: 0,
    max: MINUTE,
    why: "How long a stopping gateway still accepts, and a retiring worker keeps idle connections.",
  }),
  gracefulTimeout: milliseconds({
    default: 30_000,
    min: 0,
    max: 60 * MINUTE,
    why: "How long requests in flight may take to finish after the lame-duck time.",
  }),
});

export type GatewaySettings = Values<typeof gatewaySettings>;
