import type { Stored } from "./chaos-stack.ts";
import type { Fault } from "./fault.ts";
import { KINDS, type Kind, type Run, type Sample } from "./samples.ts";

/** When a fault was there, in milliseconds since the epoch. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** What was seen of a fault. */
export interface Observed {
  readonly run: Run;
  readonly span: Span;
  readonly stored: Stored;
  /** What showed that the fault was there; undefined if nothing did. */
  readonly evidence: string | undefined;
}

/**
 * Requests that must have begun before, during and after a fault, of 80 a second: with fewer of them, a run
 * without a failure says nothing.
 */
export const LEAST = { before: 100, during: 100, after: 200 } as const;

export interface Verdict {
  /** In words, what showed that the fault was there. */
  readonly evidence: string | undefined;
  readonly sent: number;
  /** Failed requests by kind. */
  readonly failed: Readonly<Partial<Record<Kind, number>>>;
  /** By status, or 0 for none. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Seconds from the end of the fault until the last failed request had ended; 0 for none. */
  readonly recovered: number;
  /** Milliseconds of pages that began during the fault. */
  readonly p99: number;
  readonly slowest: number;
  /** What did not hold, as sentences. Empty: it held. */
  readonly missed: readonly string[];
}

/**
 * Judges a run by the bars of its fault. Every acknowledged POST must be stored once, and none twice. A run that
 * proves nothing is a miss: of a fault that was not there, with too few requests, or of what was broken before.
 */
export function judge({ bars }: Fault, { run, span, stored, evidence }: Observed): Verdict {
  const missed: string[] = evidence === undefined ? ["nothing shows that it was there"] : [];
  missed.push(...tooFew(run.samples, span));
  const failures = run.samples.filter(({ failed }) => failed);
  const failed: Partial<Record<Kind, number>> = {};
  for (const kind of KINDS) {
    const count = failures.filter((sample) => sample.kind === kind).length;
    if (count > 0) failed[kind] = count;
    const most = bars.mayFail?.[kind] ?? 0;
    if (most !== "all" && count > most) missed.push(`${count} ${kind} failed, at most ${most} may`);
  }
  const early = failures.filter(({ ended }) => ended < span.begin).length;
  if (early > 0) missed.push(`${early} requests failed before it`);
  const last = Math.max(0, ...failures.map(({ ended }) => ended));
  const recovered = Math.max(0, last - span.end) / 1000;
  if (recovered > bars.recovers) {
    missed.push(`failed until ${recovered.toFixed(1)} s after it, at most ${bars.recovers} s`);
  }
  if (run.dropped > 0) missed.push(`${run.dropped} requests did not begin`);
  const times = run.samples
    .filter(({ kind, began }) => kind === "page" && began >= span.begin && began <= span.end)
    .map(({ began, ended }) => ended - began)
    .sort((a, b) => a - b);
  const slowest = Math.round(times.at(-1) ?? 0);
  if (slowest > bars.slowest) missed.push(`a page took ${slowest} ms, at most ${bars.slowest}`);
  missed.push(...storedWrongly(run.samples, stored));
  const statuses: Record<string, number> = {};
  for (const { status } of failures) statuses[status] = (statuses[status] ?? 0) + 1;
  const p99 = Math.round(times[Math.floor(times.length * 0.99)] ?? 0);
  return { evidence, sent: run.samples.length, failed, statuses, recovered, p99, slowest, missed };
}

function tooFew(samples: readonly Sample[], { begin, end }: Span): string[] {
  const counts = { before: 0, during: 0, after: 0 };
  for (const { began } of samples) {
    counts[began < begin ? "before" : began <= end ? "during" : "after"] += 1;
  }
  return (["before", "during", "after"] as const)
    .filter((when) => counts[when] < LEAST[when])
    .map((when) => `${counts[when]} requests ${when} it, at least ${LEAST[when]} must be`);
}

function storedWrongly(samples: readonly Sample[], stored: Stored): string[] {
  const lost = samples.filter(
    ({ note, failed }) => note !== undefined && !failed && !stored.has(note),
  );
  const twice = [...stored.values()].filter((times) => times > 1);
  return [
    ...(lost.length > 0 ? [`${lost.length} POSTs were acknowledged and are not stored`] : []),
    ...(twice.length > 0 ? [`${twice.length} POSTs are stored more than once`] : []),
  ];
}
