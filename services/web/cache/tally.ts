/** What the cache counts, since the start. */
export class Tally {
  /** Answered from the store, fresh. */
  hits = 0;
  /** Answered from the store, stale as the answer allowed. */
  stale = 0;
  /** Asked the application for an answer to keep. */
  misses = 0;
  /** Answered with what another request's fetch brought. */
  collapsed = 0;
  /** Handed on without a question to the store. */
  passed = 0;
  /** Refreshes that no client waited for. */
  refreshes = 0;
  /** Answers that were kept, confirmed ones included. */
  stored = 0;
}
