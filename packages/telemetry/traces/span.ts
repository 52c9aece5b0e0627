import { newSpanId, newTraceId, traceContext } from "../trace.ts";

/** The numbers of OTLP's enum Span.SpanKind. */
export const INTERNAL = 1;
export const SERVER = 2;
export const CLIENT = 3;

/** Undefined ones are not sent. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** What is known of a span at its end. Moments are those of performance.now(). */
export interface SpanFacts {
  readonly name: string;
  readonly kind: typeof INTERNAL | typeof SERVER | typeof CLIENT;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** What it describes has failed, by the rules of its kind. */
  readonly failed: boolean;
}

/** A span that waits to be sent. */
export interface EndedSpan extends SpanFacts {
  readonly traceId: string;
  readonly id: string;
  /** "" is the first span of its trace. */
  readonly parentId: string;
  /** OTEL's service.name: which tier it is of. */
  readonly service: string;
}

/** Takes ended spans. It neither throws nor waits. */
export interface SpanSink {
  add(span: EndedSpan): void;
}

/** 52 bits: those of a trace id that decide, as far as a number holds them exactly. */
const RANDOMNESS = 2 ** 52;

/** Begins the spans of one tier. */
export class Tracer {
  readonly service: string;
  readonly #sink: SpanSink;
  readonly #threshold: number;

  /**
   * @param service service.name of its spans
   * @param ratio how many of the traces that begin here are recorded, from 0 to 1
   */
  constructor(service: string, ratio: number, sink: SpanSink) {
    this.service = service;
    this.#sink = sink;
    this.#threshold = (1 - ratio) * RANDOMNESS;
  }

  /**
   * A span of the trace that was received. The service that began it has decided whether it is recorded;
   * for a new trace the ratio decides.
   * @param received a traceparent that may be trusted; anything that is not well-formed begins a trace
   */
  begin(received: string | undefined): Span {
    const context = traceContext(received);
    if (context === undefined) return this.#first(newSpanId());
    const { traceId, parentId, sampled } = context;
    // Without a span of ours, what is sent on is what was received.
    return new Span(this, traceId, sampled ? newSpanId() : parentId, parentId, sampled);
  }

  /** For work that no request waits for: its children are the first spans of a trace of their own. */
  beginApart(): Span {
    return this.#first("");
  }

  end(span: Span, facts: SpanFacts): void {
    const { traceId, id, parentId } = span;
    this.#sink.add({ ...facts, traceId, id, parentId, service: this.service });
  }

  #first(id: string): Span {
    const traceId = newTraceId();
    return new Span(this, traceId, id, "", this.#isSampled(traceId));
  }

  /** By the rightmost 56 bits of the id, which are random in every tier (W3C Trace Context, level 2). */
  #isSampled(traceId: string): boolean {
    if (this.#threshold === 0) return true;
    return Number.parseInt(traceId.slice(18, 31), 16) >= this.#threshold;
  }
}

/** A span that is under way, and nothing but its ids: what else it says is known at its end. */
export class Span {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  /** Whether it is recorded. Where it is not, it has no end and no children. */
  readonly sampled: boolean;
  readonly #tracer: Tracer;

  constructor(tracer: Tracer, traceId: string, id: string, parentId: string, sampled: boolean) {
    this.#tracer = tracer;
    this.traceId = traceId;
    this.id = id;
    this.parentId = parentId;
    this.sampled = sampled;
  }

  /** For the next tier, which becomes a child of this span. */
  get traceparent(): string {
    return `00-${this.traceId}-${this.id}-${this.sampled ? "01" : "00"}`;
  }

  child(): Span {
    if (!this.sampled) return this;
    return new Span(this.#tracer, this.traceId, newSpanId(), this.id, true);
  }

  /** The parent of work that goes on without this request. */
  apart(): Span {
    return this.#tracer.beginApart();
  }

  /** Hands it over to be sent, where it is recorded. */
  end(facts: SpanFacts): void {
    if (this.sampled) this.#tracer.end(this, facts);
  }
}
