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

/** The fractions of a millisecond, written once: a number with a point is slow to write. */
const FRACTIONS = Array.from({ length: 1000 }, (_, part) => String(part / 1000).slice(1));

/** The same as text. */
export function millisecondsText(span: number): string {
  const microseconds = Math.round(span * 1000);
  const whole = Math.trunc(microseconds / 1000);
  return `${whole}${FRACTIONS[microseconds - whole * 1000] ?? ""}`;
}
