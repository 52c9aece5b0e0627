import type { Case, Cost } from "./measure.ts";

/** What each edge cost in the rounds of one case: the n-th of both were neighbours. */
export interface Comparison {
  readonly each: Case;
  readonly web: readonly Cost[];
  readonly nginx: readonly Cost[];
}

const BAR_WIDTH = 40;

/** How many times as much as nginx our edge cost: the median over the pairs of neighbours. */
export function ratioOf({ web, nginx }: Comparison): number {
  return median(web.map((cost, round) => cost.edge / (nginx[round]?.edge ?? Number.NaN)));
}

/** The table, a bar for each figure, and whether the bars of the project are kept. */
export function report(comparisons: readonly Comparison[]): string {
  const head = line(["", "us/request", "least", "most", "behind it", "requests/s"]);
  const blocks = comparisons.map((comparison) => {
    const { each, web, nginx } = comparison;
    const ratio = ratioOf(comparison);
    const most = Math.max(median(web.map(edgeOf)), median(nginx.map(edgeOf)));
    const verdict = ratio <= each.bar ? "kept" : "MISSED";
    return [
      each.name,
      row("  web", web, most),
      row("  nginx", nginx, most),
      `  ratio ${ratio.toFixed(2)}, at most ${each.bar.toFixed(1)}: ${verdict}`,
    ].join("\n");
  });
  return `${head}\n${blocks.join("\n\n")}\n`;
}

function row(name: string, costs: readonly Cost[], most: number): string {
  const times = costs.map(edgeOf);
  const typical = median(times);
  const cells = [
    name,
    typical.toFixed(1),
    Math.min(...times).toFixed(1),
    Math.max(...times).toFixed(1),
    median(costs.map(({ behind }) => behind)).toFixed(1),
    median(costs.map(({ perSecond }) => perSecond)).toFixed(0),
  ];
  return `${line(cells)}  ${"#".repeat(Math.round((typical / most) * BAR_WIDTH))}`;
}

function line([first = "", ...cells]: readonly string[]): string {
  return first.padEnd(24) + cells.map((cell) => cell.padStart(12)).join("");
}

function edgeOf({ edge }: Cost): number {
  return edge;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
