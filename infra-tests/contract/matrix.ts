import type { Outcome } from "./judge.ts";
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

const WIDTH = 72;
const CELL = 9;

/**
 * The rows that were judged, as a table for a terminal.
 * @param broken "subject: row" of each that is not as owed.ts says
 */
export function matrix(
  topics: readonly Topic[],
  outcomes: readonly Outcome[],
  broken: ReadonlySet<string>,
): string {
  const line = (first: string, cells: readonly string[]) =>
    first.slice(0, WIDTH - 1).padEnd(WIDTH) + cells.map((cell) => cell.padEnd(CELL)).join("");
  const judged = new Set(outcomes.map(({ subject, row }) => `${subject}: ${row}`));
  const rows = topics.flatMap((topic) =>
    topic.rows.flatMap((row) => {
      const name = nameOf(topic, row);
      const marks = COLUMNS.map((column) => {
        const cell = `${column}: ${name}`;
        if (broken.has(cell)) return "BROKEN";
        return judged.has(cell) ? markOf(topic, row, column) : "-";
      });
      return marks.every((mark) => mark === "-") ? [] : [line(name, marks)];
    }),
  );
  return [line("", COLUMNS), ...rows, ...reasons()].join("\n");
}
