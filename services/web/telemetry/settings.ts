import { integer, text, toggle } from "@gatehouse/settings";

/** Rows of the edge's table: what operators and visitors see of its work. */
export const telemetryRows = {
  adminHost: text({
    allowed: "a host name or an address",
    matches: /^[A-Za-z0-9.:_-]+$/,
    default: "127.0.0.1",
    why: "The address of the admin port.",
  }),
  adminPort: integer({
    default: 9100,
    min: 0,
    max: 65535,
    why: "The read-only admin port: /livez, /readyz, /metrics, /status.",
  }),
  adminSocket: text({
    allowed: "a path, or nothing",
    matches: /^[^\0]*$/,
    default: "",
    why: "A Unix socket with the same pages, for the container's own health check.",
  }),
  serverTiming: toggle({
    default: true,
    why: "Whether responses carry Server-Timing: visitors see how long each tier took.",
  }),
};
