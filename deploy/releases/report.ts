import type { Stages } from "../stages.ts";
import type { Phase } from "./edge-counts.ts";
import type { Deployed, Entry } from "./journal.ts";
import type { Released } from "./release-command.ts";
import type { Counts } from "./rollout.ts";

/** What the edge counted, as a small table; "" for an edge without counters. */
export function countsTable({ before, during, after }: Counts): string {
  const rows = Object.entries({ before, during, after }).flatMap(([name, phase]) =>
    phase === undefined ? [] : [row(name, phase)],
  );
  if (rows.length === 0) return "";
  return `${"the edge counted".padEnd(18)}   seconds  requests  failures  p99 ms\n${rows.join("\n")}\n`;
}

function row(name: string, { seconds, requests, failures, p99 }: Phase): string {
  const cells = [
    seconds.toFixed(1).padStart(9),
    String(requests).padStart(9),
    String(failures).padStart(9),
    (Number.isNaN(p99) ? "-" : p99.toFixed(0)).padStart(7),
  ];
  return `  ${name.padEnd(16)} ${cells.join(" ")}`;
}

/** The list of `make releases`: the kept ones, the newest first, then the last refusals. */
export function releasesTable(
  kept: readonly Deployed[],
  current: number | undefined,
  entries: readonly Entry[],
): string {
  if (kept.length === 0) return "no release yet: make up makes the first\n";
  const head = ["", "release", "when", "by", "seconds", "requests", "failed", "changed", "commit"];
  const rows = kept
    .toReversed()
    .map((each) => [
      each.number === current ? "*" : "",
      String(each.number),
      minute(each.at),
      each.by,
      each.seconds.toFixed(1),
      each.during === undefined ? "-" : String(each.during.requests),
      each.during === undefined ? "-" : String(each.during.failures),
      each.changed?.join(",") || "-",
      each.commit || "-",
    ]);
  const last = entries.findLast(
    ({ outcome, number }) => outcome === "done" && number !== undefined,
  );
  const back =
    last?.command === "rollback"
      ? `Release ${last.number} runs since a rollback by ${last.by}, ${minute(last.at)}.\n`
      : "";
  const refused = entries.filter(({ outcome }) => outcome !== "done").slice(-3);
  const lines = refused.map(
    ({ at, command, outcome, reason = "" }) =>
      `${minute(at)} ${command} ${outcome}: ${reason.split("\n")[0]}`,
  );
  const more = lines.length === 0 ? "" : `\nnot released:\n${lines.join("\n")}\n`;
  return `${columns([head, ...rows])}\nmake rollback RELEASE=number brings one back.\n${back}${more}`;
}

/** @param at ISO 8601 */
function minute(at: string): string {
  return at.slice(0, 16).replace("T", " ");
}

/** Cells under one another. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((each) => each[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

/** The last lines of a deploy or a rollback. */
export function deployed({
  number,
  changed,
  counts,
  stages,
  warnings,
}: Released & { readonly stages: Stages }): string {
  const warned = warningsList(warnings);
  if (changed.length === 0) {
    return `\nRelease ${number} runs already: nothing was changed.\n${warned}`;
  }
  const table = counts === undefined ? "" : `\n${countsTable(counts)}`;
  return `\nRelease ${number} runs (${changed.join(" and ")} replaced).\n${stages.summary()}\n${table}${warned}`;
}

/** What the operator should know though the release runs; "" if that is nothing. */
export function warningsList(warnings: readonly string[]): string {
  if (warnings.length === 0) return "";
  const count = `${warnings.length} warning${warnings.length === 1 ? "" : "s"}`;
  return `\n${count}:\n${warnings.map((each) => `  ${each}\n`).join("")}`;
}
