import type Docker from "dockerode";
import type { SideEdge } from "../stack/side-edge.ts";
import type { Wrk } from "./wrk.ts";

/** What one request cost, in one round. */
export interface Cost {
  /** Processor time of the edge, microseconds. */
  readonly edge: number;
  /** Processor time of all that stands behind it, microseconds. */
  readonly behind: number;
  readonly perSecond: number;
}

/** Loads an edge for some seconds, and takes the processor time by the requests. */
export async function measure(
  wrk: Wrk,
  { container, origin }: SideEdge,
  replicas: readonly Docker.Container[],
  { target }: Case,
  seconds: number,
): Promise<Cost> {
  const clocks = () => Promise.all([processorTimeOf([container]), processorTimeOf(replicas)]);
  const [edge, behind] = await clocks();
  const { requests, perSecond } = await wrk.load(origin + target, seconds);
  const [edgeAfter, behindAfter] = await clocks();
  return {
    edge: (edgeAfter - edge) / requests,
    behind: (behindAfter - behind) / requests,
    perSecond,
  };
}

/** The processor time that a container has used so far by its cgroup, in microseconds. */
export async function processorTime(container: Docker.Container): Promise<number> {
  const stats = await container.stats({ stream: false, "one-shot": true });
  return stats.cpu_stats.cpu_usage.total_usage / 1000;
}

/** The same of several containers together. */
export async function processorTimeOf(containers: readonly Docker.Container[]): Promise<number> {
  const times = await Promise.all(containers.map(processorTime));
  return times.reduce((sum, time) => sum + time, 0);
}

/** One kind of response whose cost is compared. */
export interface Case {
  readonly name: string;
  readonly target: string;
  /** The most that our edge may cost, as a multiple of nginx. */
  readonly bar: number;
}

/** The size of the static file, in bytes: that of a usual style sheet. */
export const FILE_BYTES = 14 * 1024;
/** Its name has a hash, as those of all assets. */
export const FILE = "bench.0123456789abcdef.css";

export const CASES: readonly Case[] = [
  { name: "proxied plain response", target: "/plain", bar: 2.0 },
  { name: "static file of 14 KB", target: `/assets/${FILE}`, bar: 1.5 },
];
