import { debtOf, OWED } from "./owed.ts";
import { nameOf, type Row, type Topic } from "./row.ts";
import { SUBJECTS, type SubjectName } from "./subject.ts";

export const COLUMNS = Object.keys(SUBJECTS) as SubjectName[];

/** A row's mark for a subject: "yes", "-" where it does not apply, or the number of the reason. */
export function markOf(topic: Topic, row: Row, subject: SubjectName): string {
  if (!row.at.includes(SUBJECTS[subject])) return "-";
  const debt = debtOf(subject, nameOf(topic, row));
  return debt === undefined ? "yes" : `(${OWED.indexOf(debt) + 1})`;
}

/** The reasons behind the numbers, in their order. */
export function reasons(): string[] {
  return OWED.map(({ reason }, index) => `(${index + 1}) ${reason}`);
}
