import { barsOf } from "../bars.ts";
import { CHAINS } from "../chains/table.ts";
import { type Figures, figuresOfPage, pagesOf, type WaitFigures, waitsOf } from "../figures.ts";
import { PAGES } from "../pages.ts";
import type { Rest, Results, Run } from "../results.ts";
import { barCells, machineLines, titleOf, versionLines } from "./words.ts";

const MEBIBYTE = 1024 * 1024;
const FIRST = 52;
const CELL = 10;

/** All tables of a run, for a terminal. */
export function terminalReport(results: Results): string {
  return [
    ...machineLines(results),
    ...versionLines(results),
    ...results.runs.flatMap((run) => [
      `\n== access logs ${run.logs} in all\n`,
      ...pagesOf(run).map((page) => pageTable(run, page)),
      ...waitTables(run),
      restTable(run.rest),
      ...(run.logs === "on" ? [barTable(run)] : []),
    ]),
    "",
  ].join("\n");
}

function pageTable(run: Run, page: keyof typeof PAGES): string {
  const figures = figuresOfPage(run, page);
  const ours = figures.find(({ chain }) => chain === "ours");
  const head = line([
    PAGES[page].title,
    ...["edge us", "app us", "db us", "all us", "+-", "x ours", "req/s", "x ours", "errors"],
  ]);
  return `${[head, ...figures.map((one) => pageRow(one, ours))].join("\n")}\n`;
}

function pageRow(one: Figures, ours: Figures | undefined): string {
  const { tiers, cost, spread, perSecond, errors } = one;
  const times = (value: number, by: number | undefined) =>
    by === undefined ? "-" : (value / by).toFixed(2);
  return line([
    `  ${CHAINS[one.chain].title}`,
    ...[tiers.edge, tiers.app, tiers.db].map(({ total }) => total.toFixed(0)),
    cost.toFixed(0),
    `${(spread * 100).toFixed(0)} %`,
    times(cost, ours?.cost),
    perSecond.toFixed(0),
    times(perSecond, ours?.perSecond),
    errors === 0 ? "" : String(errors),
  ]);
}

function waitTables(run: Run): string[] {
  const figures = waitsOf(run);
  return [...new Set(figures.map(({ page }) => page))].map((page) => {
    const rows = figures.filter((one) => one.page === page);
    const title = `${PAGES[page].title} at ${rows[0]?.rate}/s, ms`;
    const head = line([title, "p50", "p99", "+-", "max", "served/s"]);
    return `${[head, ...rows.map(waitRow)].join("\n")}\n`;
  });
}

function waitRow({ chain, p50, p99, spread, max, perSecond, isVoid }: WaitFigures): string {
  return line([
    `  ${titleOf(chain)}`,
    ...[p50.toFixed(2), p99.toFixed(2), `${(spread * 100).toFixed(0)} %`, max.toFixed(1)],
    perSecond.toFixed(0),
    isVoid ? "void" : "",
  ]);
}

function restTable(rest: readonly Rest[]): string {
  const head = line([
    "at rest",
    "edge MiB",
    "app MiB",
    "db MiB",
    "CPU %",
    "",
    "after: edge",
    "app",
  ]);
  const rows = rest.map(({ chain, memory, memoryAfter, processor }) => {
    const mebibytes = (bytes: number) => (bytes / MEBIBYTE).toFixed(0);
    const used = processor.edge + processor.app + processor.db;
    return line([
      `  ${CHAINS[chain].title}`,
      ...[memory.edge, memory.app, memory.db].map(mebibytes),
      (used * 100).toFixed(1),
      "",
      ...[memoryAfter.edge, memoryAfter.app].map(mebibytes),
    ]);
  });
  return `${[head, ...rows].join("\n")}\n`;
}

/** The bars that this run has measured. */
function barTable(run: Run): string {
  const measured = barsOf(run).filter(({ kept }) => kept !== undefined);
  if (measured.length === 0) return "";
  const rows = measured.map((bar) => {
    const [text = "", limit = "", value = "", verdict = ""] = barCells(bar);
    return `  ${text.padEnd(72)}${limit.padStart(14)}${value.padStart(9)}  ${verdict}`;
  });
  return `${["what the project wants to reach", ...rows].join("\n")}\n`;
}

function line([first = "", ...cells]: readonly string[]): string {
  return (first.padEnd(FIRST) + cells.map((cell) => cell.padStart(CELL)).join("")).trimEnd();
}
