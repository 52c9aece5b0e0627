import { setTimeout as deadline } from "node:timers/promises";
import { interruption } from "../stack/run.ts";
import { debtOf } from "./owed.ts";
import { nameOf, OtherStatus, type Row, type Topic } from "./row.ts";
import type { Subject, SubjectName } from "./subject.ts";

/** Longer than any row may wait for anything. */
const LONGEST = 60_000;

/** Checks one subject row by row; `tell` hears of each outcome as it comes. */
export async function judgeRows(
  subject: Subject,
  topics: readonly Topic[],
  wanted: (row: Row) => boolean,
  tell: (outcome: Outcome) => void,
): Promise<void> {
  for (const topic of topics) {
    process.stdout.write(`${subject.name}: ${topic.name}\n`);
    for (const row of topic.rows) {
      if (!row.at.includes(subject.place) || !wanted(row)) continue;
      interruption.throwIfAborted();
      const failure = await failureOf(row, subject);
      tell({ row: nameOf(topic, row), subject: subject.name, failure });
    }
  }
}

async function failureOf(row: Row, subject: Subject): Promise<Error | undefined> {
  const over = new AbortController();
  const late = deadline(LONGEST, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no verdict within ${LONGEST} ms`);
  });
  try {
    await Promise.race([row.check(subject), late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

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
  if (debt.kind === "safe" && !(failure instanceof OtherStatus)) {
    return `owes another status only ("${debt.reason}"), but: ${failure.message}`;
  }
  return undefined;
}
