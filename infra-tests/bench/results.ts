import type { PerTier, Processor } from "./cgroup.ts";
import type { ChainName } from "./chains/table.ts";
import type { Waits } from "./clients/vegeta.ts";
import type { Logs } from "./options.ts";
import type { Checked } from "./page-check.ts";
import type { PageName } from "./pages.ts";

/** What a run has found: written as JSON, and all that the reports read. */
export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  /** Worker processes of each chain's application. */
  readonly workers: Readonly<Partial<Record<ChainName, number>>>;
  /** Products and versions of each chain. */
  readonly versions: Readonly<Partial<Record<ChainName, readonly string[]>>>;
  readonly runs: readonly Run[];
}

/** Where and when it was measured. */
export interface Machine {
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string;
  /** Whether files differed from that commit. */
  readonly changed: boolean;
  readonly processors: number;
  readonly model: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly engine: string;
  /** The load average of a minute, before the run. On a quiet machine it is near 0. */
  readonly loadBefore: number;
}

/** All chains, with their access logs on or off. */
export interface Run {
  readonly logs: Logs;
  readonly rows: readonly Row[];
  readonly rest: readonly Rest[];
  readonly latencies: readonly Latency[];
}

/** A page of a chain: its rounds are the neighbours of those of the other chains. */
export interface Row {
  readonly page: PageName;
  readonly chain: ChainName;
  readonly response: Checked;
  readonly rounds: readonly Round[];
  /** Rounds in which no request succeeded, in words. */
  readonly failures: readonly string[];
}

export interface Round {
  readonly requests: number;
  readonly perSecond: number;
  readonly errors: number;
  /** Microseconds of processor time of one request. */
  readonly cost: PerTier<Processor>;
}

/** How long responses took at a fixed rate. */
export interface Latency {
  readonly page: PageName;
  /** "control" is an empty responder. */
  readonly chain: ChainName | "control";
  /** Requests per second. */
  readonly rate: number;
  readonly rounds: readonly Waits[];
}

/** A chain without load. */
export interface Rest {
  readonly chain: ChainName;
  /** Bytes of anonymous memory: before the first request, and after all rounds. */
  readonly memory: PerTier<number>;
  readonly memoryAfter: PerTier<number>;
  /** The part of one processor that it uses. */
  readonly processor: PerTier<number>;
}
