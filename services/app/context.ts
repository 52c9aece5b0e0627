type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** One span of a trace that is under way: @gatehouse/telemetry has it whole. */
export interface Span {
  /** For the access line: it names this span. */
  readonly traceparent: string;
  readonly sampled: boolean;
  child(): Span;
  end(facts: SpanFacts): void;
}

/** Moments are those of performance.now(). */
export interface SpanFacts {
  readonly name: string;
  /** The numbers of OpenTelemetry: a server's, a client's. */
  readonly kind: 2 | 3;
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly failed: boolean;
}

/** The part of the gateway's startup context that this application uses. */
export interface GatewayContext {
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Undefined where no traces are sent, and outside the gateway. */
  readonly tracer?: { begin(traceparent: string | undefined): Span } | undefined;
  readonly replica: string;
  readonly worker: { readonly id: number; readonly pid: number };
  /** Aborted when the worker begins to drain. */
  readonly signal: AbortSignal;
}
