/**
 * Takes one upstream answer as it comes: the exchange itself, or somebody in between (the cache, an
 * X-Accel-Redirect). Calls come in this order: interim*, head, data*, then end or broke.
 */
export interface AnswerSink {
  /** An interim answer, such as 103 with its Link fields (RFC 8297). */
  interim(status: number, fields: readonly string[]): void;
  /**
   * @param fields a flat list of names and values as they came, without what was for this hop only
   * @param timing what the tiers behind the edge say of their time (Server-Timing), or ""
   */
  head(status: number, fields: readonly string[], timing: string): void;
  /** A piece of the body; false means: no more until the sink's owner calls `resume`. */
  data(chunk: Buffer): boolean;
  /** The whole answer has come. @param trailers a flat list; empty where there are none */
  end(trailers: readonly string[]): void;
  /** The answer broke off after its head: what was sent on must not look complete. */
  broke(cause: Error): void;
}
