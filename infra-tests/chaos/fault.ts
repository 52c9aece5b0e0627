import type { ChaosStack } from "./chaos-stack.ts";
import type { Evidence } from "./evidence.ts";
import type { Kind } from "./samples.ts";

/** What must hold, as the client counts it. */
export interface Bars {
  /** How many requests of a kind may fail; "all" those of the time of the fault. Others: none. */
  readonly mayFail?: Readonly<Partial<Record<Kind, number | "all">>>;
  /** Seconds from its end until nothing fails any more. */
  readonly recovers: number;
  /** Milliseconds that the slowest page may take. */
  readonly slowest: number;
}

/** One thing that breaks, and what its visitors may notice of it. */
export interface Fault {
  /** For ONLY=, and the anchor of its paragraph in the failure book. */
  readonly name: string;
  /** What breaks, as a sentence without its full stop. */
  readonly title: string;
  /** How a user or an operator notices. */
  readonly symptom: string;
  /** What the parts do about it by themselves. */
  readonly survives: string;
  /** What is left to do for an operator. */
  readonly todo: string;
  /** Seconds between begin and end. */
  readonly seconds: number;
  readonly bars: Bars;
  /** Why a bar cannot be better. */
  readonly because?: string;
  /** What shows that it is there. A fault that nothing shows has proven nothing. */
  readonly evidence: Evidence;
  /** Reads what must be after it as it was before. */
  leaves?(stack: ChaosStack): Promise<readonly string[]>;
  begin(stack: ChaosStack): Promise<void>;
  /** Undoes what does not mend itself. */
  end?(stack: ChaosStack): Promise<void>;
}
