import type Docker from "dockerode";
import type { SideEdge } from "../stack/side-edge.ts";
import type { Case } from "./case.ts";
import { processorTimeOf } from "./processor-time.ts";
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
