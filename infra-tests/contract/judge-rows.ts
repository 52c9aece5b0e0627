import { setTimeout as deadline } from "node:timers/promises";
import { interruption } from "../stack/run.ts";
import type { Outcome } from "./outcome.ts";
import { nameOf, type Row, type Topic } from "./row.ts";
import type { Subject } from "./subject.ts";

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
