import type { Fault } from "./fault.ts";
import type { Run } from "./samples.ts";
import type { Span, Verdict } from "./verdict.ts";

/** What one fault did. */
export interface Outcome {
  readonly fault: Fault;
  readonly run: Run;
  readonly span: Span;
  readonly verdict: Verdict;
}
