import { DEVIATIONS, deviationOf } from "./deviations.ts";
import type { Result } from "./judge.ts";
import { nameOf, type Row, type Topic } from "./row.ts";
import { SUBJECTS, type SubjectName } from "./subject.ts";

export const COLUMNS = Object.keys(SUBJECTS) as SubjectName[];

/** The mark of a row and a subject: "yes", "-" if it does not apply, or the number of a deviation. */
export function markOf(topic: Topic, row: Row, subject: SubjectName): string {
  if (!row.at.includes(SUBJECTS[subject])) return "-";
  const deviation = deviationOf(subject, nameOf(topic, row));
  return deviation === undefined ? "yes" : `(${DEVIATIONS.indexOf(deviation) + 1})`;
}

/** The reasons of the deviations, with their numbers. */
export function reasons(): string[] {
  return DEVIATIONS.map(({ reason }, index) => `(${index + 1}) ${reason}`);
}

const WIDTH = 72;
const CELL = 9;

/**
 * The rows that were checked, as a table for a terminal.
 * @param faults "subject: row" of each fault
 */
export function matrix(
  topics: readonly Topic[],
  results: readonly Result[],
  faults: ReadonlySet<string>,
): string {
  const line = (first: string, cells: readonly string[]) =>
    first.slice(0, WIDTH - 1).padEnd(WIDTH) + cells.map((cell) => cell.padEnd(CELL)).join("");
  const checked = new Set(results.map(({ subject, row }) => `${subject}: ${row}`));
  const rows = topics.flatMap((topic) =>
    topic.rows.flatMap((row) => {
      const name = nameOf(topic, row);
      const marks = COLUMNS.map((column) => {
        const cell = `${column}: ${name}`;
        if (faults.has(cell)) return "FAILED";
        return checked.has(cell) ? markOf(topic, row, column) : "-";
      });
      return marks.every((mark) => mark === "-") ? [] : [line(name, marks)];
    }),
  );
  return [line("", COLUMNS), ...rows, ...reasons()].join("\n");
}
