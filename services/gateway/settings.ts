import {
  defineSettings,
  host,
  integer,
  milliseconds,
  optionalPath,
  path,
  port,
  text,
  type Values,
} from "@gatehouse/settings";
import { traceRows } from "@gatehouse/telemetry";
import { affinitySettings } from "./affinity/settings.ts";
import { applicationSettings } from "./applications/settings.ts";
import { httpSettings } from "./http/settings.ts";
import { poolSettings } from "./pool/settings.ts";

const MINUTE = 60_000;

/** All settings: those of the rooms, and those of the primary. */
export const gatewaySettings = defineSettings("GATEWAY", {
  config: path({
    default: "gateway.config.ts",
    why: "The configuration file, read where it exists: settings and hooks.",
  }),
  ...applicationSettings,
  host: host("The address to listen on; 0.0.0.0 in a container."),
  port: port(8000, "The port to listen on; 0 takes any."),
  backlog: integer({
    default: 2048,
    min: 1,
    max: 65535,
    why: "How many connections may wait until a worker takes them.",
  }),
  socketDirectory: optionalPath(
    "A folder in which it listens on a Unix socket too: a web server of the same host costs less by it.",
  ),
  ...poolSettings,
  ...httpSettings,
  ...affinitySettings,
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
  adminHost: host("The address of the read-only admin port."),
  adminPort: port(9200, "The admin port: /livez, /readyz, /metrics, /status."),
  adminSocket: optionalPath(
    "A Unix socket with the same pages, for the container's own health check.",
  ),
  controlSocket: text({
    default: "",
    allowed: "a path, off, or nothing",
    matches: /^[^\0]*$/,
    why: "The Unix socket of the verbs (gateway status, reload ...); empty names it after the port.",
  }),
  accessLog: text({
    default: "-",
    allowed: "- (stdout), off, or a path",
    matches: /^[^\0]+$/,
    why: "Where the access lines go; a file is opened anew on USR1.",
  }),
  ...traceRows,
});

export type GatewaySettings = Values<typeof gatewaySettings>;
