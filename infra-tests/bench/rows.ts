import { interruption } from "../stack/run.ts";
import type { Chain } from "./chains/chain.ts";
import { type ChainName, hasOwnPages } from "./chains/table.ts";
import { LoadError } from "./clients/read.ts";
import { checkLogs } from "./log-check.ts";
import { type Clients, measure } from "./measure.ts";
import type { Logs, Options } from "./options.ts";
import { checkPage } from "./page-check.ts";
import { PAGES, type PageName } from "./pages.ts";
import type { Round, Row } from "./results.ts";

const WARM_UP_SECONDS = 3;

export function hasPage(chain: ChainName, page: PageName): boolean {
  return hasOwnPages(chain) === "own" in PAGES[page];
}

/** A row that is being measured. */
interface Open extends Row {
  readonly of: Chain;
  readonly rounds: Round[];
  readonly failures: string[];
}

/** Checks every page of every chain, then loads the chains in turn, page by page. */
export async function measureRows(
  { pages, rounds, seconds }: Options,
  logs: Logs,
  chains: readonly Chain[],
  clients: Clients,
): Promise<Row[]> {
  // All of them first: a chain that is not fit to be compared should end the run at once.
  const open = new Map<PageName, readonly Open[]>();
  for (const page of pages) open.set(page, await checked(page, chains));
  for (const chain of chains) {
    const own = pages.filter((page) => hasPage(chain.name, page));
    await checkLogs(
      chain,
      logs,
      own.map((page) => PAGES[page].target),
    );
  }
  for (const [page, rows] of open) {
    for (let round = 0; round <= rounds && rows.length > 0; round += 1) {
      for (const row of rows) {
        interruption().throwIfAborted();
        await oneRound(clients, row, round > 0, round === 0 ? WARM_UP_SECONDS : seconds);
      }
      const step = round === 0 ? "warm" : `round ${round} of ${rounds}`;
      process.stdout.write(`${PAGES[page].title}, logs ${logs}: ${step}\n`);
    }
  }
  return [...open.values()].flat().map(({ of: _chain, ...row }) => row);
}

async function checked(page: PageName, chains: readonly Chain[]): Promise<Open[]> {
  const having = chains.filter(({ name }) => hasPage(name, page));
  const rows = having.map(async (of): Promise<Open> => {
    const response = await checkPage(of, PAGES[page]);
    return { of, page, chain: of.name, response, rounds: [], failures: [] };
  });
  return await Promise.all(rows);
}

/** @param counts whether it is no round that only warms up */
async function oneRound(clients: Clients, row: Open, counts: boolean, seconds: number) {
  try {
    const round = await measure(clients, row.of, PAGES[row.page], seconds);
    if (counts) row.rounds.push(round);
  } catch (error) {
    // A chain that fails under load has lost its row; the others have not.
    if (!(error instanceof LoadError)) throw error;
    process.stdout.write(`${row.chain}: ${error.message}\n`);
    if (counts) row.failures.push(error.message);
  }
}
