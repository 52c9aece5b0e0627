import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";

export interface Deadline {
  /** Milliseconds until it has to be true, on a quiet machine. */
  readonly within: number;
  /** Milliseconds between two looks; 100 unless told. */
  readonly every?: number;
  /** What the error should show beside the last failure: the tail of a log, for example. */
  readonly evidence?: () => Promise<string>;
}

/**
 * Looks again and again until `look` gives something truthy, and returns that. A look that throws
 * counts as "not yet". Throws after the deadline, with the last failure and the evidence.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { within, every = 100, evidence }: Deadline,
): Promise<T> {
  const since = performance.now();
  let last = "it was never true";
  do {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await pause(every);
  } while (!isLate(since, within));
  const shown = evidence ? `\n${await evidence()}` : "";
  throw new Error(`not within ${within} ms: ${what}; last look: ${last}${shown}`);
}
