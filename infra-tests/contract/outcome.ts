import { OtherAnswer } from "./other-answer.ts";
import { debtOf } from "./owed.ts";
import type { SubjectName } from "./subject.ts";

/** What came of one row on one subject. */
export interface Outcome {
  readonly row: string;
  readonly subject: SubjectName;
  /** Why it did not pass; undefined if it did. */
  readonly failure: Error | undefined;
}

/** What is wrong with an outcome, by the table of what is owed; undefined if nothing is. */
export function complaintOf({ row, subject, failure }: Outcome): string | undefined {
  const debt = debtOf(subject, row);
  if (debt?.kind === "sometimes") return undefined;
  if (failure === undefined) {
    return debt && `keeps it after all: take the row out of owed.ts ("${debt.reason}")`;
  }
  if (debt === undefined) return failure.stack ?? failure.message;
  if (debt.kind === "safe" && !(failure instanceof OtherAnswer)) {
    return `owes another status only ("${debt.reason}"), but: ${failure.message}`;
  }
  return undefined;
}
