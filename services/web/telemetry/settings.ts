import { host, optionalPath, port, toggle } from "@gatehouse/settings";
import { traceRows } from "@gatehouse/telemetry";

/** Rows of the edge's table: what operators and visitors see of its work. */
export const telemetryRows = {
  adminHost: host("The address of the admin port."),
  adminPort: port(9100, "The read-only admin port: /livez, /readyz, /metrics, /status."),
  adminSocket: optionalPath(
    "A Unix socket with the same pages, for the container's own health check.",
  ),
  serverTiming: toggle({
    default: true,
    why: "Whether responses carry Server-Timing: visitors see how long each tier took.",
  }),
  ...traceRows,
};
