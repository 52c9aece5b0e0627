/** Where a response comes from. The sink that takes it sets the pace, and may end it. */
export interface ResponseSource {
  /** Continues after `data` has returned false. */
  resume(): void;
  /** Ends the upstream request: no more of its response is wanted. */
  abort(): void;
  /** The response stays open: its connection leaves the number of those that pages share. */
  setAside(): void;
}

/**
 * Takes one upstream response as it is received: the exchange itself, or a part in between that is
 * made only when needed (the cache, an X-Accel-Redirect). The calls, in this order: attach,
 * interim*, head, data*, then end or fail. A further attempt begins with `attach` again; of the
 * attempt before there were only interim responses. After `abort` there are no more calls.
 */
export interface ResponseSink {
  /** Whether the response is for many clients, and not for one alone. */
  readonly isShared?: boolean;
  /** An attempt begins. */
  attach(source: ResponseSource): void;
  /** An interim response, such as 103 with its Link fields (RFC 8297). */
  interim(status: number, fields: readonly string[]): void;
  /**
   * @param fields a flat list of names and values as received, without the hop-by-hop fields
   * @param timing the Server-Timing of the tiers behind the edge, or ""
   */
  head(status: number, fields: readonly string[], timing: string): void;
  /**
   * A piece of the body, the sink's to keep; false means: no more until `resume`. An empty piece
   * says that none is there yet: what waits for the body, such as the head, should be sent now.
   */
  data(chunk: Buffer): boolean;
  /** The response is complete. @param trailers a flat list; empty where there are none */
  end(trailers: readonly string[]): void;
  /** The response broke off after its head: the client's must not look complete. */
  fail(cause: Error): void;
}
