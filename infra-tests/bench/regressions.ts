import { CHAINS, type ChainName } from "./chains/table.ts";
import { type Figures, figuresOfPage, pagesOf } from "./figures.ts";
import { PAGES, type PageName } from "./pages.ts";
import type { Results, Run } from "./results.ts";

/** How much processor time ours took for a request, as a multiple of another chain's in the same run. */
export interface Ratio {
  readonly page: PageName;
  readonly against: ChainName;
  /** "edge" compares the web servers alone. */
  readonly part: "edge" | "chain";
  readonly value: number;
}

/** A ratio of today beside the recorded one. */
export interface Comparison {
  readonly name: string;
  readonly recorded: number;
  readonly today: number;
  /** Whether today's is above the recorded one by more than the tolerance. */
  readonly worse: boolean;
}

/** The ratios of a run: of whole chains, and of the edges where both stand before the same replicas. */
export function ratiosOf(run: Run): Ratio[] {
  return pagesOf(run).flatMap((page) => {
    const figures = figuresOfPage(run, page);
    const ours = figures.find(({ chain }) => chain === "ours");
    if (ours === undefined) return [];
    return figures.filter((one) => one !== ours).map((one) => ratio(page, ours, one));
  });
}

function ratio(page: PageName, ours: Figures, { chain, tiers, cost }: Figures): Ratio {
  const behindSame = chain === "twin" || chain === "plain";
  return behindSame
    ? { page, against: chain, part: "edge", value: ours.tiers.edge.total / tiers.edge.total }
    : { page, against: chain, part: "chain", value: ours.cost / cost };
}

/**
 * Compares the ratios of a run with the recorded ones, with access logs in the same state.
 * @param tolerance 0.25 allows a quarter more than recorded
 * @throws Error if nothing of it was recorded: then nothing was checked
 */
export function compare(recorded: Results, today: Results, tolerance: number): Comparison[] {
  const comparisons = today.runs.flatMap((run) => {
    const before = recorded.runs.find(({ logs }) => logs === run.logs);
    const known = before === undefined ? [] : ratiosOf(before);
    return ratiosOf(run).flatMap((now) => {
      const same = known.find(({ page, against }) => page === now.page && against === now.against);
      if (same === undefined) return [];
      const who = now.part === "edge" ? "our edge" : "our chain";
      return {
        name: `${PAGES[now.page].title}, logs ${run.logs}: ${who} against ${CHAINS[now.against].title}`,
        recorded: same.value,
        today: now.value,
        worse: !(now.value <= same.value * (1 + tolerance)),
      };
    });
  });
  if (comparisons.length > 0) return comparisons;
  throw new Error(
    "no row of this run was recorded, so nothing was checked: record one with make bench RECORD=1",
  );
}
