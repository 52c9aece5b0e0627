import { interruption } from "../stack/run.ts";
import type { Chain } from "./chains/chain.ts";
import { startControl } from "./chains/control.ts";
import { LoadError } from "./clients/read.ts";
import { attack, buildVegeta, type Waits } from "./clients/vegeta.ts";
import { figuresOfPage } from "./figures.ts";
import type { Clients } from "./measure.ts";
import type { Options } from "./options.ts";
import { PAGES, type Page } from "./pages.ts";
import type { Latency, Run } from "./results.ts";

/** A rate that ours keeps up with, and has something to do at. */
const PART_OF_CAPACITY = 0.7;
/** The pages whose waiting times are measured. */
const WAITED_FOR = ["plain", "fortunes"] as const;

/**
 * Measures how long each chain takes at one rate for all, 70 % of what ours was capable of in this run, and an
 * empty responder at the same rate.
 */
export async function latencies(
  { pages, rounds, seconds }: Options,
  { rows }: Pick<Run, "rows">,
  chains: readonly Chain[],
  { project }: Clients,
): Promise<Latency[]> {
  const [first] = chains;
  const measured = WAITED_FOR.filter((page) => pages.includes(page));
  if (first === undefined || measured.length === 0) return [];
  const image = await buildVegeta();
  await using control = await startControl(first.network, project);
  const found: Latency[] = [];
  for (const name of measured) {
    const page: Page = PAGES[name];
    const figures = figuresOfPage({ rows }, name);
    const capacity = figures.find(({ chain }) => chain === "ours")?.perSecond;
    // Without ours there is no rate that is fair to the others.
    if (capacity === undefined) continue;
    const rate = Math.round(capacity * PART_OF_CAPACITY);
    const having = chains.filter((chain) => figures.some((one) => one.chain === chain.name));
    const subjects = [{ ...control, name: "control" as const }, ...having];
    const waits = subjects.map((): Waits[] => []);
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, subject] of subjects.entries()) {
        interruption().throwIfAborted();
        try {
          const one = await attack(subject, page, rate, seconds, image, project);
          if (round > 0) waits[index]?.push(one);
        } catch (error) {
          if (!(error instanceof LoadError)) throw error;
          process.stdout.write(`${subject.name}: ${error.message}\n`);
        }
      }
      const step = round === 0 ? "warm" : `round ${round} of ${rounds}`;
      process.stdout.write(`${page.title} at ${rate} requests/s: ${step}\n`);
    }
    subjects.forEach(({ name: chain }, index) => {
      found.push({ page: name, chain, rate, rounds: waits[index] ?? [] });
    });
  }
  return found;
}
