import { availableParallelism } from "node:os";
import { docker } from "../stack/docker.ts";
import { newProjectName, removeLeftovers, testLabel } from "../stack/projects.ts";
import { memoryOf, requireStatistics } from "./cgroup.ts";
import type { Chain } from "./chains/chain.ts";
import { startOurs } from "./chains/ours.ts";
import type { PeerName } from "./chains/peer-table.ts";
import { startPeers } from "./chains/peers.ts";
import { type ChainName, OURS } from "./chains/table.ts";
import { buildClients } from "./clients/load.ts";
import { latencies } from "./latency.ts";
import { thisMachine } from "./machine.ts";
import { type Clients, usageAtRest } from "./measure.ts";
import type { Logs, Options } from "./options.ts";
import type { Rest, Results, Run } from "./results.ts";
import { hasPage, measureRows } from "./rows.ts";

const REST_SECONDS = 10;

/**
 * Starts the chains, checks that each sends the same pages, and loads them in turn.
 * @throws Error if a chain does not start or sends something else, and NoStatistics before that
 */
export async function bench(options: Options): Promise<Results> {
  await removeLeftovers();
  const machine = await thisMachine();
  const clients: Clients = { image: await buildClients(), project: newProjectName() };
  await tryStatistics(clients);
  const runs: Run[] = [];
  let chains: readonly Chain[] = [];
  for (const logs of options.logs) {
    await using owner = new AsyncDisposableStack();
    chains = await startChains(options, logs, owner);
    runs.push(await run(options, logs, chains, clients));
  }
  const { rounds, seconds } = options;
  return {
    ...{ machine, rounds, seconds, runs },
    workers: Object.fromEntries(chains.map(({ name, workers }) => [name, workers])),
    versions: Object.fromEntries(chains.map(({ name, versions }) => [name, versions])),
  };
}

/** Has the engine say what a container uses. @throws NoStatistics */
async function tryStatistics({ image, project }: Clients): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ["sleep", "60"],
    Labels: { [testLabel]: project },
    HostConfig: { Init: true },
  });
  try {
    await container.start();
    await requireStatistics(container);
  } finally {
    await container.remove({ force: true });
  }
}

const isOurs = (name: ChainName): name is (typeof OURS)[number] =>
  OURS.some((ours) => ours === name);
const isPeer = (name: ChainName): name is PeerName => !isOurs(name);

/** Ours first: the peers get as many workers. */
async function startChains(
  { chains: names, pages, workers }: Options,
  logs: Logs,
  owner: AsyncDisposableStack,
): Promise<Chain[]> {
  const wanted = names.filter((name) => pages.some((page) => hasPage(name, page)));
  const ours = await startOurs(wanted.filter(isOurs), logs, owner);
  const equal = workers ?? ours[0]?.workers ?? availableParallelism();
  const peers = await startPeers(wanted.filter(isPeer), logs, equal, owner);
  const started = [...ours, ...peers];
  return names.flatMap((name) => started.find((chain) => chain.name === name) ?? []);
}

async function run(
  options: Options,
  logs: Logs,
  chains: readonly Chain[],
  clients: Clients,
): Promise<Run> {
  const atRest = await Promise.all(
    chains.map(async (chain) => ({
      chain: chain.name,
      memory: await memoryOf(chain),
      processor: await usageAtRest(chain, REST_SECONDS),
    })),
  );
  const rows = await measureRows(options, logs, chains, clients);
  const rest = chains.map(async (chain, index): Promise<Rest[]> => {
    const before = atRest[index];
    return before === undefined ? [] : [{ ...before, memoryAfter: await memoryOf(chain) }];
  });
  return {
    ...{ logs, rows, rest: (await Promise.all(rest)).flat() },
    latencies: options.waits ? await latencies(options, { rows }, chains, clients) : [],
  };
}
