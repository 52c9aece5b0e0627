import type { ChainName } from "./chains/table.ts";
import type { PageName } from "./pages.ts";
import type { Results, Round, Row, Run } from "./results.ts";

/** Results for tests, with only what a test cares for. */
const processor = (total: number) => ({ total, user: total / 2, system: total / 2 });

/** Microseconds of edge and application. */
export const round = (edge: number, app: number, perSecond = 100): Round => ({
  ...{ requests: 1000, perSecond, errors: 0 },
  cost: { edge: processor(edge), app: processor(app), db: processor(0) },
});

export const rowOf = (page: PageName, chain: ChainName, ...rounds: readonly Round[]): Row => ({
  ...{ page, chain, response: { headBytes: 100, bodyBytes: 13 }, rounds, failures: [] },
});

export const run = (...rows: readonly Row[]): Run => ({
  ...{ logs: "on", rows, rest: [], latencies: [] },
});

export const results = (...runs: readonly Run[]): Results => ({
  machine: {
    ...{ at: "2026-01-01T00:00:00.000Z", commit: "0", changed: false, processors: 2, model: "" },
    ...{ memoryBytes: 0, kernel: "", engine: "", loadBefore: 0 },
  },
  ...{ rounds: 1, seconds: 1, workers: {}, versions: {}, runs },
});
