const SHORTEST_RETRY = 60_000;
const LONGEST_RETRY = 12 * 3600_000;
/** The share of the waiting time that is left to chance, so that many edges do not ask at once. */
const JITTER = 0.1;

/** From when to when a certificate is good, in milliseconds since the epoch. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

/**
 * When a certificate is renewed: when a third of its life is left, as Let's Encrypt asks for, a
 * little earlier by chance.
 * @param chance 0 to 1
 */
export function renewalTime({ from, to }: Validity, chance: number): number {
  const life = to - from;
  return to - life / 3 - (life / 3) * JITTER * chance;
}

/**
 * How long to wait after a failure, in ms: twice as long each time, because ACME servers count what
 * fails (Let's Encrypt: five an hour).
 * @param failures in a row, from 1
 * @param chance 0 to 1
 */
export function retryDelay(failures: number, chance: number): number {
  const delay = Math.min(LONGEST_RETRY, SHORTEST_RETRY * 2 ** (failures - 1));
  return delay * (1 + JITTER * chance);
}
