import { setTimeout as deadline } from "node:timers/promises";
import { interruption } from "../stack/run.ts";
import { type Deviation, deviationOf } from "./deviations.ts";
import { nameOf, type Row, type Topic } from "./row.ts";
import type { Subject, SubjectName } from "./subject.ts";

/** Milliseconds: longer than any row waits for anything. */
const ROW_TIMEOUT = 60_000;

/** The result of one row on one subject. */
export interface Result {
  readonly row: string;
  readonly subject: SubjectName;
  /** Why it failed; undefined if it passed. */
  readonly failure: Error | undefined;
}

/** Checks the rows of a subject one by one, and reports each result when it is there. */
export async function checkRows(
  subject: Subject,
  topics: readonly Topic[],
  isWanted: (row: Row) => boolean,
  report: (result: Result) => void,
): Promise<void> {
  for (const topic of topics) {
    process.stdout.write(`${subject.name}: ${topic.name}\n`);
    for (const row of topic.rows) {
      if (!row.at.includes(subject.kind) || !isWanted(row)) continue;
      interruption().throwIfAborted();
      const failure = await failureOf(row, subject);
      report({ row: nameOf(topic, row), subject: subject.name, failure });
    }
  }
}

async function failureOf(row: Row, subject: Subject): Promise<Error | undefined> {
  const over = new AbortController();
  const late = deadline(ROW_TIMEOUT, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no result within ${ROW_TIMEOUT} ms`);
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

/**
 * The fault that a result shows; undefined for a pass and for a known deviation.
 * @param deviation the known deviation of this subject from this row
 */
export function faultOf(
  { row, subject, failure }: Result,
  deviation: Deviation | undefined = deviationOf(subject, row),
): string | undefined {
  if (failure === undefined) {
    if (deviation === undefined || deviation.mayPass) return undefined;
    return `passes: remove the row from deviations.ts ("${deviation.reason}")`;
  }
  if (deviation === undefined) return failure.stack ?? failure.message;
  if (deviation.isKnown(failure)) return undefined;
  return `fails, but not as in deviations.ts ("${deviation.reason}"): ${failure.message}`;
}
