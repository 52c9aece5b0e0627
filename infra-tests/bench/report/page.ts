import { join } from "node:path";
import { root } from "../../stack/clone.ts";
import { barsOf } from "../bars.ts";
import { CHAINS } from "../chains/table.ts";
import { type Figures, figuresOfPage, pagesOf, waitsOf } from "../figures.ts";
import { PAGES, type PageName } from "../pages.ts";
import type { Results, Run } from "../results.ts";
import { barCells, machineLines, titleOf, versionLines } from "./words.ts";

/** The page that is made of the recorded run. */
export const PERFORMANCE_PAGE = join(root, "docs/performance.md");

const MEBIBYTE = 1024 * 1024;

/** docs/performance.md. */
export function performancePage(results: Results): string {
  return `${[
    "# Performance",
    "",
    "Made of the last recorded run by `make bench RECORD=1`: do not edit. How it is measured, and how to measure it on",
    "your own machine, is in [infra-tests/bench](../infra-tests/bench/README.md). Rows where others are better are here too.",
    "",
    ...machineLines(results).map((line) => `- ${line}`),
    "",
    "Microseconds are processor time of one request, by cgroup; *x ours* above 1 means that the other chain needs more",
    "(time) or does more (requests). A void row says nothing: the client itself had more than a quarter of it.",
    ...results.runs.flatMap(runSection),
    "",
    "## Versions",
    "",
    ...versionLines(results).map((line) => `- ${line}`),
  ].join("\n")}\n`;
}

function runSection(run: Run): string[] {
  return [
    "",
    `## Access logs ${run.logs} in all`,
    ...pagesOf(run).flatMap((page) => pageTable(run, page)),
    ...waitTables(run),
    ...restTable(run),
    ...(run.logs === "on" ? barTable(run) : []),
  ];
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]) {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = `|---${"|---:".repeat(head.length - 1)}|`;
  return ["", `### ${title}`, "", line(head), rule, ...rows.map(line)];
}

function pageTable(run: Run, page: PageName): string[] {
  const figures = figuresOfPage(run, page);
  const ours = figures.find(({ chain }) => chain === "ours");
  const head = ["chain", "edge us", "app us", "db us", "all us", "±", "x ours", "requests/s"];
  const rows = figures.map((one) => pageRow(one, ours));
  return table(PAGES[page].title, [...head, "x ours"], rows);
}

function pageRow(one: Figures, ours: Figures | undefined): string[] {
  const { chain, tiers, cost, spread, perSecond, errors } = one;
  const times = (value: number, by: number | undefined) =>
    by === undefined ? "-" : (value / by).toFixed(2);
  return [
    CHAINS[chain].title + (errors > 0 ? ` (${errors} errors)` : ""),
    ...[tiers.edge, tiers.app, tiers.db].map(({ total }) => total.toFixed(0)),
    ...[cost.toFixed(0), `${(spread * 100).toFixed(0)} %`, times(cost, ours?.cost)],
    ...[perSecond.toFixed(0), times(perSecond, ours?.perSecond)],
  ];
}

function waitTables(run: Run): string[] {
  const figures = waitsOf(run);
  return [...new Set(figures.map(({ page }) => page))].flatMap((page) => {
    const rows = figures.filter((one) => one.page === page);
    const cells = rows.map(({ chain, p50, p99, max, perSecond, isVoid }) => [
      titleOf(chain) + (isVoid ? " (void)" : ""),
      ...[p50.toFixed(2), p99.toFixed(2), max.toFixed(1), perSecond.toFixed(0)],
    ]);
    const title = `${PAGES[page].title}, at ${rows[0]?.rate} requests/s`;
    return table(title, ["chain", "p50 ms", "p99 ms", "max ms", "served/s"], cells);
  });
}

function restTable({ rest }: Run): string[] {
  const rows = rest.map(({ chain, memory, memoryAfter, processor }) => [
    CHAINS[chain].title,
    ...[memory.edge, memory.app, memory.db, memoryAfter.edge, memoryAfter.app].map((bytes) =>
      (bytes / MEBIBYTE).toFixed(0),
    ),
    `${((processor.edge + processor.app + processor.db) * 100).toFixed(1)} %`,
  ]);
  const head = ["chain", "edge MiB", "app MiB", "db MiB", "edge after", "app after"];
  return table("at rest, and memory after all rounds", [...head, "processor"], rows);
}

function barTable(run: Run): string[] {
  const head = ["", "bar", "this run", ""];
  return table("what the project wants to reach", head, barsOf(run).map(barCells));
}
