const MS_OF_SECOND = 1000;
const NS_OF_MS = 1_000_000;

/**
 * Milliseconds of the system's monotonic clock, which all processes of a machine share: performance.now() counts
 * from the start of each, and Date.now() jumps when the clock is set.
 */
export function sharedTime(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * MS_OF_SECOND + nanoseconds / NS_OF_MS;
}
