import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** What the client sends: pages on kept and on fresh connections, files, and what needs the database. */
export const KINDS = ["page", "fresh", "asset", "rows", "post"] as const;
export type Kind = (typeof KINDS)[number];

/** One request, as the client saw it. */
export interface Sample {
  readonly kind: Kind;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly ended: number;
  /** 0 without a response. */
  readonly status: number;
  readonly failed: boolean;
  /** What a POST should have stored. */
  readonly note: string | undefined;
}

export interface Run {
  readonly samples: readonly Sample[];
  /** Requests that should have begun and found no virtual user free. */
  readonly dropped: number;
}

const isKind = (name: string | undefined): name is Kind => KINDS.some((kind) => kind === name);

/** Reads what k6 wrote by `--out csv` with K6_CSV_TIME_FORMAT=unix_milli. @throws Error without a request */
export async function readRun(file: string): Promise<Run> {
  const samples: Sample[] = [];
  let dropped = 0;
  let columns: readonly string[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const cells = line.split(",");
    if (columns.length === 0) {
      columns = cells;
      continue;
    }
    const cell = (name: string) => cells[columns.indexOf(name)] ?? "";
    const metric = cell("metric_name");
    const value = Number(cell("metric_value"));
    if (metric === "dropped_iterations") dropped += value;
    const kind = cell("scenario");
    if (metric !== "http_req_duration" || !isKind(kind)) continue;
    const ended = Number(cell("timestamp"));
    const status = Number(cell("status"));
    const note = /note=([\w-]+)/.exec(cell("extra_tags"))?.[1];
    const failed = status < 200 || status >= 400;
    samples.push({ kind, began: ended - value, ended, status, failed, note });
  }
  if (samples.length === 0) throw new Error(`${file} has no request: k6 did not run`);
  return { samples, dropped };
}
