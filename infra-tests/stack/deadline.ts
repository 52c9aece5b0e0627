import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";

export interface Deadline {
  /** Milliseconds until it must be true, on a quiet machine. */
  readonly within: number;
  /** Milliseconds between two checks; default 100. */
  readonly every?: number;
  /** More text for the error: the end of a log, for example. */
  readonly evidence?: () => Promise<string>;
}

/**
 * Calls `check` until it returns something truthy, and returns that. A check that throws counts as
 * "not yet".
 * @throws Error after the deadline, with the last failure and the evidence
 */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  { within, every = 100, evidence }: Deadline,
): Promise<T> {
  const since = performance.now();
  let last = "it was never true";
  do {
    try {
      const found = await check();
      if (found) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await pause(every);
  } while (!isLate(since, within));
  const shown = evidence ? `\n${await evidence()}` : "";
  throw new Error(`not within ${within} ms: ${what}; last failure: ${last}${shown}`);
}
