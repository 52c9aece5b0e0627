import { barsOf } from "../bars.ts";
import { CHAINS } from "../chains/table.ts";
import { figuresOfPage, pagesOf, waitsOf } from "../figures.ts";
import { PAGES, type PageName } from "../pages.ts";
import type { Results, Run } from "../results.ts";
import { asHtml, type ChartBar, chart } from "./chart.ts";
import { barCells, machineLines, titleOf, versionLines } from "./words.ts";

const MEBIBYTE = 1024 * 1024;
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a202c}
svg{width:100%;font-size:13px;fill:#1a202c}table{border-collapse:collapse}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #e2e8f0}
td:first-child,th:first-child{text-align:left}.missed{color:#c53030}.kept{color:#276749}`;

/** The whole report as one file: no script, no font and no picture of another host. */
export function htmlReport(results: Results): string {
  const list = (lines: readonly string[]) =>
    `<ul>${lines.map((line) => `<li>${asHtml(line)}</li>`).join("")}</ul>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gatehouse beside others</title><style>${STYLE}</style></head><body>
<h1>Gatehouse beside others</h1>
${list(machineLines(results))}
${results.runs.map(runSection).join("\n")}
<h2>Versions</h2>
${list(versionLines(results))}
</body></html>
`;
}

function runSection(run: Run): string {
  return [
    `<h2>Access logs ${run.logs} in all</h2>`,
    ...pagesOf(run).map((page) => pageSection(run, page)),
    ...waitSections(run),
    section("Anonymous memory at rest, MiB", memoryBars(run)),
    ...(run.logs === "on" ? [barTable(run)] : []),
  ].join("\n");
}

function section(title: string, bars: readonly ChartBar[]): string {
  return `<h3>${asHtml(title)}</h3>\n${chart(title, bars)}`;
}

function pageSection(run: Run, page: PageName): string {
  const title = `${PAGES[page].title}: microseconds of processor time of a request`;
  const bars = figuresOfPage(run, page).map((one) => ({
    label: CHAINS[one.chain].title,
    note: `${one.cost.toFixed(0)} us, ${one.perSecond.toFixed(0)}/s${one.errors > 0 ? `, ${one.errors} errors` : ""}`,
    parts: [
      { name: "edge", value: one.tiers.edge.total },
      { name: "application", value: one.tiers.app.total },
      { name: "database", value: one.tiers.db.total },
    ],
  }));
  return section(title, bars);
}

function waitSections(run: Run): string[] {
  const figures = waitsOf(run);
  return [...new Set(figures.map(({ page }) => page))].map((page) => {
    const rows = figures.filter((one) => one.page === page);
    const bars = rows.map((one) => ({
      label: titleOf(one.chain),
      note: `p50 ${one.p50.toFixed(1)}, p99 ${one.p99.toFixed(1)} ms${one.isVoid ? ", void" : ""}`,
      parts: [
        { name: "p50", value: one.p50 },
        { name: "to p99", value: Math.max(0, one.p99 - one.p50) },
      ],
    }));
    return section(`${PAGES[page].title}: milliseconds at ${rows[0]?.rate} requests/s`, bars);
  });
}

function memoryBars({ rest }: Run): ChartBar[] {
  return rest.map(({ chain, memory }) => ({
    label: CHAINS[chain].title,
    note: `${((memory.edge + memory.app) / MEBIBYTE).toFixed(0)} MiB + database`,
    parts: [
      { name: "edge", value: memory.edge / MEBIBYTE },
      { name: "application", value: memory.app / MEBIBYTE },
      { name: "database", value: memory.db / MEBIBYTE },
    ],
  }));
}

function barTable(run: Run): string {
  const rows = barsOf(run).map((bar) => {
    const cells = barCells(bar).map((cell) => `<td>${asHtml(cell)}</td>`);
    const kind = bar.kept === undefined ? "" : bar.kept ? "kept" : "missed";
    return `<tr class="${kind}">${cells.join("")}</tr>`;
  });
  return `<h3>What the project wants to reach</h3>
<table><tr><th></th><th>bar</th><th>this run</th><th></th></tr>${rows.join("\n")}</table>`;
}
