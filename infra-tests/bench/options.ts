import { CHAINS, type ChainName, DEFAULT_CHAINS } from "./chains/table.ts";
import { PAGES, type PageName } from "./pages.ts";

export type Logs = "on" | "off";

/** What a run measures. */
export interface Options {
  readonly chains: readonly ChainName[];
  readonly pages: readonly PageName[];
  /** Rounds that count; one more warms up. */
  readonly rounds: number;
  /** Seconds of load of one chain in one round. */
  readonly seconds: number;
  /** Whether waiting times at a fixed rate are measured too. */
  readonly waits: boolean;
  /** With access logs in all chains, without, or first the one and then the other. */
  readonly logs: readonly Logs[];
  /** Worker processes of each peer; undefined: as many as ours runs. */
  readonly workers: number | undefined;
}

/** A word on the command line that means nothing here. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

const LOGS: Readonly<Record<string, readonly Logs[]>> = {
  on: ["on"],
  off: ["off"],
  both: ["on", "off"],
};

/**
 * Reads CHAINS, PAGES, ROUNDS, DURATION (seconds), LOGS and WORKERS.
 * @throws OptionError that names the variable, its value and what is allowed
 */
export function readOptions(env: NodeJS.ProcessEnv, defaults: Partial<Options> = {}): Options {
  const logs = env.LOGS || undefined;
  if (logs !== undefined && !Object.hasOwn(LOGS, logs)) {
    throw new OptionError(`LOGS is "${logs}": allowed is ${Object.keys(LOGS).join(", ")}`);
  }
  return {
    chains: list(env, "CHAINS", names(CHAINS)) ?? defaults.chains ?? DEFAULT_CHAINS,
    pages: list(env, "PAGES", names(PAGES)) ?? defaults.pages ?? names(PAGES),
    rounds: number(env, "ROUNDS") ?? defaults.rounds ?? 5,
    seconds: number(env, "DURATION") ?? defaults.seconds ?? 4,
    waits: defaults.waits ?? true,
    logs: LOGS[logs ?? ""] ?? defaults.logs ?? ["on", "off"],
    workers: number(env, "WORKERS"),
  };
}

const names = <Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(table) as Name[];

function list<Name extends string>(
  env: NodeJS.ProcessEnv,
  variable: string,
  allowed: readonly Name[],
): Name[] | undefined {
  const text = env[variable];
  if (!text) return undefined;
  const chosen = new Set(text.split(",").map((word) => word.trim()));
  for (const word of chosen) {
    if (allowed.some((name) => name === word)) continue;
    throw new OptionError(`${variable} has "${word}": allowed is ${allowed.join(", ")}`);
  }
  return allowed.filter((name) => chosen.has(name));
}

function number(env: NodeJS.ProcessEnv, variable: string): number | undefined {
  const text = env[variable];
  if (!text) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw new OptionError(`${variable} is "${text}": allowed is a whole number from 1 to 9999`);
  }
  return Number(text);
}

/**
 * Reads TOLERANCE, a percentage, 25 by default.
 * @returns it as a part: 0.25
 * @throws OptionError
 */
export function readTolerance(env: NodeJS.ProcessEnv): number {
  return (number(env, "TOLERANCE") ?? 25) / 100;
}
