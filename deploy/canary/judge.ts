/** What was counted of the clients of one release. */
export interface Side {
  readonly requests: number;
  /** Responses with a status of 500 or more, and requests that the other release had to serve. */
  readonly failures: number;
  /** The requests whose time can be compared: not WebSockets and event streams. */
  readonly timed: number;
  /** Milliseconds that 95 of 100 of those took at most; NaN without any. */
  readonly p95: number;
}

/** Fewer failures than these say nothing. */
const FEW_FAILURES = 3;

/** More than twice the share of the release that runs, and one in a hundred, is too much. */
const FAILURE_FACTOR = 2;
const FAILURE_SHARE = 0.01;

/** Fewer requests than these say nothing of a 95th percentile. */
const FEW_REQUESTS = 100;

/** Twice as slow, and 50 ms, is too much. */
const LATENCY_FACTOR = 2;
const LATENCY_SPARE = 50;

/** A canary that had fewer requests is not promoted. */
export const ENOUGH = 50;

/** Why a canary is worse than the release that runs; undefined if nothing says so. */
export function complaintOf(running: Side, canary: Side): string | undefined {
  const bound = FAILURE_FACTOR * share(running) + FAILURE_SHARE;
  if (canary.failures >= FEW_FAILURES && share(canary) > bound) {
    return (
      `${canary.failures} of ${canary.requests} requests of the canary failed, ` +
      `${running.failures} of ${running.requests} of the release that runs`
    );
  }
  if (Math.min(running.timed, canary.timed) < FEW_REQUESTS) return undefined;
  if (canary.p95 <= LATENCY_FACTOR * running.p95 + LATENCY_SPARE) return undefined;
  return `95 of 100 requests take up to ${ms(canary.p95)} at the canary, ${ms(running.p95)} at the release that runs`;
}

const share = ({ failures, requests }: Side) => (requests === 0 ? 0 : failures / requests);
const ms = (value: number) => `${value.toFixed(0)} ms`;
