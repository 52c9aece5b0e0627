/**
 * The access line that every tier writes for a request, with the same first keys in the same
 * order. Status 499 stands for a client that left before its answer (nginx's number).
 */
export interface AccessLine {
  readonly request_id: string;
  readonly traceparent: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly duration_ms: number;
}

export const CLIENT_LEFT = 499;

/** Milliseconds with three decimals: what a log line or a Server-Timing entry shows. */
export function milliseconds(span: number): number {
  return Math.round(span * 1000) / 1000;
}

/** Spans below a millisecond, which most are, written once: a number with a point is slow to write. */
const BELOW_ONE = Array.from({ length: 1000 }, (_, part) => String(part / 1000));

/** The same as text. */
export function millisecondsText(span: number): string {
  const microseconds = Math.round(span * 1000);
  const below = BELOW_ONE[microseconds];
  if (below !== undefined) return below;
  const whole = Math.trunc(microseconds / 1000);
  return `${whole}${(BELOW_ONE[microseconds - whole * 1000] ?? "").slice(1)}`;
}
