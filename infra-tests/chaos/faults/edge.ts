import { changed, startedAgain, statusAt, workerGone } from "../evidence.ts";
import type { Fault } from "../fault.ts";
import { freeze } from "./freeze.ts";

/** All requests pass the edge: what it had in its hands may fail. */
const EVERYTHING = { page: "all", fresh: "all", asset: "all", rows: "all", post: "all" } as const;

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
      async (stack) => (await statusAt(await stack.edgeAdmin())) as { generation: number },
      (before, now) =>
        now.generation > before.generation && `the site is of generation ${now.generation}`,
    ),
    // Not by a signal of Docker's: it would not start the container any more when that ends later.
    begin: (stack) => stack.inside("web", "node services/web/main.ts reload"),
  },
  {
    name: "edge-workers-killed",
    title: "The edge's workers are killed",
    symptom: "`worker died` in its log.",
    survives:
      "The primary keeps the listening sockets and starts new workers: who connects in between waits.",
    todo: "Look for an out-of-memory kill.",
    seconds: 4,
    bars: { mayFail: EVERYTHING, recovers: 1, slowest: 2000 },
    because: "What a worker had in its hands ends with it.",
    evidence: workerGone((stack) => stack.edgeAdmin(), "all"),
    begin: (stack) => stack.killProcesses("web"),
  },
  {
    name: "edge-killed",
    title: "The edge is killed",
    symptom: "Connections are refused for two seconds.",
    survives:
      "Docker starts it again on the same ports; the holder of the ports keeps the network.",
    todo: "Look at the end of its log, and for an out-of-memory kill.",
    seconds: 4,
    bars: { mayFail: EVERYTHING, recovers: 3, slowest: 4000 },
    because: "One edge: nobody else listens while it starts.",
    evidence: startedAgain("web"),
    begin: (stack) => stack.killContainer("web"),
  },
  {
    name: "edge-frozen",
    title: "The edge is frozen for four seconds",
    symptom: "Everything waits.",
    survives: "What waits is served when it goes on; nothing is lost.",
    todo: "Find why the host stops its processes.",
    seconds: 4,
    bars: { recovers: 0.5, slowest: 6000 },
    because: "One edge: nobody else accepts while it is frozen.",
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
