import type { Readiness } from "@gatehouse/telemetry";
import type { WorkerStatus } from "../hooks/hooks.ts";

export interface GatewayStatus {
  readonly state: Readiness;
  readonly pid: number;
  readonly uptime_s: number;
  readonly app: string;
  readonly port: number;
  /** The number of reloads plus 1. */
  readonly generation: number;
  readonly size: number;
  /** Connections that no worker has been given yet. */
  readonly waiting: number;
  readonly workers: readonly WorkerStatus[];
}

const HEAD = "pid gen state age conn in-flight queue loop memory requests".split(" ");
/** The column of words; numbers are aligned to the right. */
const TEXT_COLUMN = "state";
const COLUMNS = 80;
/** Overwrites the table line by line: a cleared screen would flicker. */
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K\n";
const CLEAR_BELOW = "\x1b[J";

/** Prints the status: as a table on a terminal, as JSON elsewhere. */
export function showStatus(status: string, watch: boolean): void {
  if (!process.stdout.isTTY) {
    process.stdout.write(`${status}\n`);
    return;
  }
  const table = statusTable(JSON.parse(status), process.stdout.columns || undefined);
  const overwritten = HOME + table.replaceAll("\n", CLEAR_LINE) + CLEAR_BELOW;
  process.stdout.write(watch ? overwritten : table);
}

/** @param columns the terminal's width: no line is longer, so that none is wrapped */
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
  return HEAD[column] === TEXT_COLUMN ? cell.padEnd(width) : cell.padStart(width);
}

/** Two digits or three: "59s", "119m", "47h", "12d". */
function age(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** An application's error must not move the cursor of an operator's terminal. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, " ");
}
