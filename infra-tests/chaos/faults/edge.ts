import { changed, startedAgain, statusAt, workerGone } from "../evidence.ts";
import type { Fault } from "../fault.ts";
import { freeze } from "./freeze.ts";

/** All requests pass the edge: what it had open may fail. */
const EVERYTHING = { page: "all", fresh: "all", asset: "all", rows: "all", post: "all" } as const;

/** How often an edge has reloaded. */
async function generationAt(address: string): Promise<number> {
  return ((await statusAt(address)) as { generation: number }).generation;
}

export const edge: readonly Fault[] = [
  {
    name: "edge-reloaded",
    title: "The edge reloads site and certificates",
    symptom: "None.",
    survives: "Every worker takes the new ones; no connection ends for it.",
    todo: "Nothing. Reload by `docker compose exec web node services/web/main.ts reload`, not by `docker kill -s HUP`.",
    seconds: 6,
    bars: { recovers: 0.5, slowest: 1500 },
    evidence: changed(
      async (stack) => await Promise.all((await stack.edgeAdmins()).map(generationAt)),
      (before, now) =>
        now.every((generation, edge) => generation > (before[edge] ?? generation)) &&
        `the site is of the generations ${now}, of ${before} before`,
    ),
    // Not by a signal of Docker's: it would not start the container any more when that ends later.
    begin: (stack) => stack.inside("web", "node services/web/main.ts reload"),
  },
  {
    name: "edge-workers-killed",
    title: "The workers of an edge are killed",
    symptom: "`worker died` in its log.",
    survives:
      "The primary keeps the listening sockets and starts new workers: who connects in between waits.",
    todo: "Look for an out-of-memory kill.",
    seconds: 4,
    bars: { mayFail: EVERYTHING, recovers: 1, slowest: 2000 },
    because: "What a worker had open ends with it.",
    evidence: workerGone((stack) => stack.edgeAdmins()),
    begin: (stack) => stack.killProcesses("web"),
  },
  {
    name: "edge-killed",
    title: "One of two edges is killed",
    symptom: "Single requests fail; `make status` names the edge that is missing.",
    survives:
      "The other edge serves: it gets all new connections, and those that wait for the dead one. Docker starts an edge that crashes again.",
    todo: "Look at the end of its log, and for an out-of-memory kill.",
    seconds: 6,
    bars: {
      mayFail: { page: 3, fresh: 2, asset: 2, rows: 2, post: 2 },
      recovers: 0.5,
      slowest: 1500,
    },
    because: "What it had open ends with it.",
    evidence: startedAgain("web"),
    begin: (stack) => stack.killContainer("web", { after: 3000 }),
  },
  {
    name: "edges-killed",
    title: "All edges are killed, or the only one",
    symptom: "Connections are refused for two seconds.",
    survives:
      "Docker starts them again on the same ports; the holder of the ports keeps the network.",
    todo: "`EDGES=2` in .env, if there is only one; and look at the end of its log.",
    seconds: 4,
    bars: { mayFail: EVERYTHING, recovers: 3, slowest: 4000 },
    because: "Nobody else listens while they start.",
    evidence: startedAgain("web", 2),
    begin: (stack) => stack.killContainer("web", { which: [1, 2] }),
  },
  {
    name: "edge-frozen",
    title: "One of two edges is frozen for six seconds",
    symptom: "Some requests wait; within ten seconds the other edge logs `edges are frozen`.",
    survives:
      "The other edge serves its own share. What waits at the frozen one is served when it goes on; nothing is lost.",
    todo: "Find why the host stops its processes. If it does not go on: `docker kill` it, which gives what waits to the other one, and `make up`.",
    seconds: 6,
    bars: { recovers: 0.5, slowest: 8000 },
    because: "A frozen edge keeps its listening sockets, and the kernel divides the connections.",
    ...freeze("web"),
  },
  {
    name: "ports-holder-killed",
    title: "The holder of the ports is killed, and the edge with it",
    symptom: "Connections are refused for some seconds.",
    survives:
      "Docker starts it again; the edge notices that its network is another one, and follows.",
    todo: "Nothing.",
    seconds: 6,
    bars: { mayFail: EVERYTHING, recovers: 20, slowest: 20_000 },
    because: "The network namespace ends with it, and all connections with that.",
    evidence: startedAgain("edge-port"),
    // Its init process, which is the first one, ends with its only child.
    begin: (stack) => stack.killProcesses("edge-port"),
  },
];
