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

const HEAD = "pid gen state age conn in-flight queue loop memory requests".split(" ");
/** The columns that hold words; numbers stand to the right. */
const WORDS = new Set(["state"]);
/** What a terminal has that does not tell. */
const COLUMNS = 80;

/**
 * The status as a table for a terminal. The last error of a worker stands below its line.
 * @param columns the terminal's width: no line is longer, so that none is wrapped
 */
export function statusTable(status: GatewayStatus, columns = COLUMNS): string {
  const { state, pid, uptime_s, app, port, size, waiting, generation, workers } = status;
  const ready = workers.filter((worker) => worker.state === "ready").length;
  const title = [
    `${state}: ${ready} of ${size} workers, generation ${generation}, port ${port}, pid ${pid}`,
    `up ${age(uptime_s)}, ${waiting} connections waiting, ${app}`,
    "",
  ];
  const cells = [HEAD, ...workers.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const table = cells.flatMap((row, index) => {
    const line = row.map((cell, column) => aligned(cell, column, widths)).join("  ");
    const error = workers[index - 1]?.lastError;
    return error === undefined ? [line] : [line, `  last error: ${oneLine(error)}`];
  });
  return `${[...title, ...table].map((line) => line.trimEnd().slice(0, columns)).join("\n")}\n`;
}

function cellsOf(worker: WorkerStatus): string[] {
  return [
    worker.pid,
    worker.generation,
    worker.state,
    age(worker.age_s),
    worker.connections ?? "",
    worker.inFlight ?? "",
    worker.queued ?? "",
    worker.loop === undefined ? "" : `${Math.round(worker.loop * 100)}%`,
    worker.rss === undefined ? "" : `${Math.round(worker.rss / 1024 / 1024)}M`,
    worker.requests ?? "",
  ].map(String);
}

function aligned(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return WORDS.has(HEAD[column] ?? "") ? cell.padEnd(width) : cell.padStart(width);
}

/** Two digits or three: "59s", "119m", "47h", "12d". */
function age(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** What an application threw must not move the cursor of an operator's terminal. */
function oneLine(words: string): string {
  return words.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, " ");
}
