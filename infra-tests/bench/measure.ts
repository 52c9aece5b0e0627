import { type PerTier, type Processor, perTier, processorOf } from "./cgroup.ts";
import type { Chain } from "./chains/chain.ts";
import { holdIdle } from "./clients/idle.ts";
import { load } from "./clients/load.ts";
import type { Page } from "./pages.ts";
import type { Round } from "./results.ts";

/** The image of the clients, and the project that their containers are labelled with. */
export interface Clients {
  readonly image: string;
  readonly project: string;
}

/** Loads a chain for some seconds, and divides the processor time of its tiers by the requests. */
export async function measure(
  { image, project }: Clients,
  chain: Chain,
  page: Page,
  seconds: number,
): Promise<Round> {
  await using stack = new AsyncDisposableStack();
  const idle =
    page.idle === undefined
      ? undefined
      : stack.use(await holdIdle(chain, page.idle, image, project));
  const before = await processorOf(chain);
  const duration = Math.max(seconds, page.atLeastSeconds ?? 0);
  const { requests, perSecond, errors } = await load(chain, page, duration, image, project);
  const after = await processorOf(chain);
  return {
    ...{ requests, perSecond },
    // A connection that the server closes early is one that it did not hold.
    errors: errors + (idle?.closed ?? 0),
    cost: await costOf(before, after, requests),
  };
}

/** The part of one processor that each tier of a chain uses without load. */
export async function usageAtRest(chain: Chain, seconds: number): Promise<PerTier<number>> {
  const [since, before] = [performance.now(), await processorOf(chain)];
  await new Promise((elapsed) => setTimeout(elapsed, seconds * 1000));
  const after = await processorOf(chain);
  const microseconds = (performance.now() - since) * 1000;
  return await perTier((tier) => (after[tier].total - before[tier].total) / microseconds);
}

function costOf(
  before: PerTier<Processor>,
  after: PerTier<Processor>,
  requests: number,
): Promise<PerTier<Processor>> {
  return perTier((tier) => ({
    total: (after[tier].total - before[tier].total) / requests,
    user: (after[tier].user - before[tier].user) / requests,
    system: (after[tier].system - before[tier].system) / requests,
  }));
}
