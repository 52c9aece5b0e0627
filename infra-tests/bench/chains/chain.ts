import type Docker from "dockerode";
import type { ChainName } from "./table.ts";

export const TIERS = ["edge", "app", "db"] as const;
export type Tier = (typeof TIERS)[number];

/** A chain that is up. */
export interface Chain {
  readonly name: ChainName;
  /** The containers of each tier. Where a server is edge and gateway in one, it is the edge. */
  readonly tiers: Readonly<Record<Tier, readonly Docker.Container[]>>;
  /** The Docker network on which the clients reach it. */
  readonly network: string;
  /** Its origins on that network, and on this machine, without a slash at the end. */
  readonly http: string;
  readonly https: string;
  /** Product and version of each of its parts. */
  readonly versions: readonly string[];
  /** Worker processes that run the application. */
  readonly workers: number;
}
