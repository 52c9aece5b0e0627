import type { Processor } from "./cgroup.ts";
import { TIERS, type Tier } from "./chains/chain.ts";
import type { ChainName } from "./chains/table.ts";
import type { PageName } from "./pages.ts";
import type { Latency, Row, Run } from "./results.ts";
import { median, spread } from "./statistics.ts";

/** The medians of a row's rounds. */
export interface Figures {
  readonly chain: ChainName;
  readonly perSecond: number;
  /** Microseconds of each tier, and of all. */
  readonly tiers: Readonly<Record<Tier, Processor>>;
  readonly cost: number;
  /** Half the distance from least to most, as a part of the median. */
  readonly spread: number;
  /** Failed requests, and rounds in which none succeeded. */
  readonly errors: number;
}

export function figuresOf({ chain, rounds, failures }: Row): Figures {
  const middle = (tier: Tier, part: keyof Processor): number =>
    median(rounds.map(({ cost }) => cost[tier][part]));
  const processor = (tier: Tier): Processor => ({
    total: middle(tier, "total"),
    user: middle(tier, "user"),
    system: middle(tier, "system"),
  });
  const costs = rounds.map(({ cost }) => TIERS.reduce((sum, tier) => sum + cost[tier].total, 0));
  return {
    chain,
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    tiers: { edge: processor("edge"), app: processor("app"), db: processor("db") },
    cost: median(costs),
    spread: spread(costs),
    errors: rounds.reduce((sum, { errors }) => sum + errors, failures.length),
  };
}

/** The figures of every chain that has the page, in their order. */
export function figuresOfPage({ rows }: Pick<Run, "rows">, page: PageName): Figures[] {
  return rows.filter((row) => row.page === page).map(figuresOf);
}

/** The pages of a run, in their order. */
export function pagesOf({ rows }: Run): PageName[] {
  return [...new Set(rows.map(({ page }) => page))];
}

/** The medians of a row of waiting times, in milliseconds. */
export interface WaitFigures {
  readonly page: PageName;
  readonly chain: Latency["chain"];
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Of p99. */
  readonly spread: number;
  readonly max: number;
  readonly perSecond: number;
  /** Whether the client had so large a share in p99 that it says nothing of the chain. */
  readonly isVoid: boolean;
}

/** The largest part of a result that may be the client's own. */
const LARGEST_SHARE = 0.25;

export function waitsOf({ latencies }: Pick<Run, "latencies">): WaitFigures[] {
  return latencies.map((row) => {
    const { page, chain, rate, rounds } = row;
    const p99 = median(rounds.map((one) => one.p99));
    const control = latencies.find((one) => one.chain === "control" && one.page === page);
    const empty = median(control?.rounds.map((one) => one.p99) ?? []);
    return {
      ...{ page, chain, rate, p99 },
      p50: median(rounds.map((one) => one.p50)),
      spread: spread(rounds.map((one) => one.p99)),
      max: median(rounds.map((one) => one.max)),
      perSecond: median(rounds.map((one) => one.perSecond)),
      isVoid: row !== control && !(empty <= p99 * LARGEST_SHARE),
    };
  });
}
