import { pbkdf2Sync } from "node:crypto";
import { availableParallelism, loadavg } from "node:os";

/**
 * Fixed work in native code, so that no compiler has to warm up. It is long enough for the
 * scheduler to interrupt it where other processes want the processor too.
 */
const ITERATIONS = 100_000;

/** Milliseconds that the work takes on a quiet machine. */
const NOMINAL = 30;

let slowest = 1;

/**
 * How many times slower than a quiet machine this one is, at least 1: by a measurement, and by how
 * many processes have wanted each processor during the last minute, since a measurement may fall
 * into a calm moment. Each call measures again, which blocks the event loop for 30 ms or more. The
 * slowest result of a process counts: a limit is often judged when its load has just ended.
 */
export function slowness(): number {
  const began = performance.now();
  pbkdf2Sync("password", "salt", ITERATIONS, 32, "sha256");
  const measured = (performance.now() - began) / NOMINAL;
  const [wanted = 0] = loadavg();
  slowest = Math.max(slowest, measured, wanted / availableParallelism());
  return slowest;
}

/** A time limit for this machine as it is now. @param ms the limit on a quiet machine */
export function stretched(ms: number): number {
  return Math.ceil(ms * slowness());
}

/** Whether a time limit that began at `since` (performance.now()) is over on this machine. */
export function isLate(since: number, ms: number): boolean {
  const elapsed = performance.now() - since;
  return elapsed > ms && elapsed > stretched(ms);
}
