import { parseArgs } from "node:util";
import { writeLogs } from "../stack/logs.ts";
import { OwnStack } from "../stack/own-stack.ts";
import { Interruption } from "../stack/run.ts";
import { complaintOf, judgeRows, type Outcome } from "./judge.ts";
import { COLUMNS, matrix } from "./matrix.ts";
import type { Row, Topic } from "./row.ts";
import { type SubjectName, subjectOn } from "./subject.ts";
import { TOPICS } from "./topics/index.ts";

/**
 * `node infra-tests/contract/main.ts [--quick] [--topic NAME]... [--subject NAME]...` holds each
 * subject against the contract. Exit code 1 if a row is broken that owed.ts does not excuse, or kept
 * that it does. The quick check leaves the gateway to its own tables.
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    topic: { type: "string", multiple: true },
    subject: { type: "string", multiple: true },
  },
});
const topics = TOPICS.filter(({ name }) => values.topic?.includes(name) ?? true);
const subjects = COLUMNS.filter(
  (name) => values.subject?.includes(name) ?? !(values.quick && name === "gateway"),
);
if (topics.length === 0 || subjects.length === 0) {
  const names = TOPICS.map(({ name }) => name).join(", ");
  throw new Error(`no such topic or subject: topics are ${names}; subjects ${COLUMNS.join(", ")}`);
}
try {
  process.exitCode = await runContract({ topics, subjects, quick: values.quick });
} catch (error) {
  if (!(error instanceof Interruption)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}

/** Which part of the contract is held against which subjects. */
export interface Choice {
  readonly topics: readonly Topic[];
  readonly subjects: readonly SubjectName[];
  /** Whether only what `make test` checks. */
  readonly quick: boolean;
}

const EDGES = ["web", "nginx"] as const;
const BEHIND = ["gateway", "chain"] as const;

/** Holds the subjects against the rows, on stacks of its own; prints the matrix. 0 if all is true. */
export async function runContract({ topics, subjects, quick }: Choice): Promise<number> {
  const start = performance.now();
  const wanted = (row: Row) => row.quick || !quick;
  const outcomes: Outcome[] = [];
  const broken = new Set<string>();
  const tell = (outcome: Outcome) => {
    outcomes.push(outcome);
    const complaint = complaintOf(outcome);
    if (complaint === undefined) return;
    broken.add(`${outcome.subject}: ${outcome.row}`);
    process.stdout.write(`BROKEN ${outcome.subject}: ${outcome.row}\n${complaint}\n`);
  };
  const judge = async (stack: OwnStack, name: SubjectName) => {
    const before = broken.size;
    await judgeRows(await subjectOn(stack, name), topics, wanted, tell);
    if (broken.size > before) process.stdout.write(`logs: ${await writeLogs(stack)}\n`);
  };

  const edges = EDGES.filter((name) => subjects.includes(name));
  if (edges.length > 0) {
    await using stack = await OwnStack.claim();
    for (const name of edges) {
      await stack.serve("witness", name);
      await judge(stack, name);
    }
  }
  const behind = BEHIND.filter((name) => subjects.includes(name));
  if (behind.length > 0) {
    await using stack = await OwnStack.claim();
    await stack.serve("examples/echo.ts", "web");
    for (const name of behind) await judge(stack, name);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stdout.write(
    `\n${matrix(topics, outcomes, broken)}\n` +
      `${outcomes.length} judged in ${seconds} s, ${broken.size} not as owed.ts says\n`,
  );
  return broken.size === 0 ? 0 : 1;
}
