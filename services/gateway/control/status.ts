import type { Readiness } from "@gatehouse/telemetry";
import type { WorkerStatus } from "../hooks/hooks.ts";

/** What /status and `gateway status` tell. */
export interface GatewayStatus {
  readonly state: Readiness;
  readonly pid: number;
  readonly uptime_s: number;
  readonly app: string;
  readonly port: number;
  /** Counts the reloads, beginning with 1. */
  readonly generation: number;
  readonly size: number;
  /** Connections that no worker has been handed yet. */
  readonly waiting: number;
  readonly workers: readonly WorkerStatus[];
}

const HEAD = [
  "pid",
  "gen",
  "state",
  "age",
  "conn",
  "in flight",
  "queued",
  "loop",
  "rss",
  "requests",
  "last error",
];

/** The status as a table for a terminal. */
export function statusTable(status: GatewayStatus): string {
  const { state, pid, uptime_s, app, port, size, waiting } = status;
  const title = `${app} on port ${port}: ${state}, pid ${pid}, up ${uptime_s} s, ${size} workers, ${waiting} connections waiting`;
  const rows = status.workers.map((worker) => [
    worker.pid,
    worker.generation,
    worker.state,
    `${worker.age_s} s`,
    worker.connections ?? "",
    worker.inFlight ?? "",
    worker.queued ?? "",
    worker.loop === undefined ? "" : `${Math.round(worker.loop * 100)} %`,
    worker.rss === undefined ? "" : `${Math.round(worker.rss / 1024 / 1024)} MiB`,
    worker.requests ?? "",
    worker.lastError ?? "",
  ]);
  const cells = [HEAD, ...rows.map((row) => row.map(String))];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${[title, "", ...lines].join("\n")}\n`;
}
