/** Where an answer comes from: whoever takes it sets the pace, and may have had enough. */
export interface ResponseSource {
  /** More, please: after `data` was answered with false. */
  resume(): void;
  /** Nobody wants the answer any more: the request to the application is broken off. */
  abort(): void;
}

/**
 * Takes one upstream answer as it comes: the exchange itself, or somebody in between (the cache, an
 * X-Accel-Redirect) who is made only when needed. Calls come in this order: attach, interim*, head,
 * data*, then end or fail. A further attempt begins with `attach` again; nothing but interim answers
 * came of the one before. Nothing is called any more after `abort`.
 */
export interface ResponseSink {
  /** An attempt begins. */
  attach(source: ResponseSource): void;
  /** An interim answer, such as 103 with its Link fields (RFC 8297). */
  interim(status: number, fields: readonly string[]): void;
  /**
   * @param fields a flat list of names and values as they came, without what was for this hop only
   * @param timing what the tiers behind the edge say of their time (Server-Timing), or ""
   */
  head(status: number, fields: readonly string[], timing: string): void;
  /**
   * A piece of the body, the sink's to keep; false means: no more until `resume`. An empty piece
   * says that there is none yet: what waits for the body, such as the head, should go out.
   */
  data(chunk: Buffer): boolean;
  /** The whole answer has come. @param trailers a flat list; empty where there are none */
  end(trailers: readonly string[]): void;
  /** The answer broke off after its head: what was sent on must not look complete. */
  fail(cause: Error): void;
}
