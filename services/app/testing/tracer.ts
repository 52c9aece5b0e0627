import type { Span, SpanFacts } from "../context.ts";

export interface RecordedSpan extends SpanFacts {
  readonly id: string;
  readonly parentId: string;
}

/** Records the spans of a test. @returns them, in the order of their ends */
export function recordingTracer() {
  const spans: RecordedSpan[] = [];
  let count = 0;
  const spanBelow = (traceId: string, parentId: string, sampled: boolean): Span => {
    const id = String(++count).padStart(16, "0");
    return {
      sampled,
      traceparent: `00-${traceId}-${id}-01`,
      child: () => spanBelow(traceId, id, sampled),
      end: (facts) => void spans.push({ ...facts, id, parentId }),
    };
  };
  const begin = (traceparent = "") => {
    const [, traceId = "", parentId = "", flags] = traceparent.split("-");
    return spanBelow(traceId, parentId, flags === "01");
  };
  return { spans, tracer: { begin } };
}
