import { parseArgs } from "node:util";
import { writeLogs } from "../stack/logs.ts";
import { OwnStack } from "../stack/own-stack.ts";
import { Interruption } from "../stack/run.ts";
import { checkRows, faultOf, type Result } from "./judge.ts";
import { COLUMNS, matrix } from "./matrix.ts";
import type { Row } from "./row.ts";
import { type SubjectName, subjectOn } from "./subject.ts";
import { TOPICS } from "./topics/index.ts";

/**
 * `node infra-tests/contract/main.ts [--quick] [--topic NAME]... [--subject NAME]...` checks the rows
 * of the contract on each subject, on stacks of its own, and prints the matrix. Exit code 1 for a
 * failure that deviations.ts does not know, for a deviation that is gone, and if no row was checked.
 * The quick run leaves out slow rows and the gateway alone.
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    topic: { type: "string", multiple: true },
    subject: { type: "string", multiple: true },
  },
});
const topicNames = TOPICS.map(({ name }) => name);
for (const [given, known] of [
  [values.topic ?? [], topicNames],
  [values.subject ?? [], COLUMNS],
] as const) {
  const unknown = given.find((name) => !known.some((each) => each === name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}: use ${known.join(", ")}`);
}
const topics = TOPICS.filter(({ name }) => values.topic?.includes(name) ?? true);
const subjects = COLUMNS.filter(
  (name) => values.subject?.includes(name) ?? !(values.quick && name === "gateway"),
);
const isWanted = (row: Row): boolean => row.quick || !values.quick;

const results: Result[] = [];
const faults = new Set<string>();

function report(result: Result): void {
  results.push(result);
  const fault = faultOf(result);
  if (fault === undefined) return;
  faults.add(`${result.subject}: ${result.row}`);
  process.stdout.write(`FAILED ${result.subject}: ${result.row}\n${fault}\n`);
}

async function check(stack: OwnStack, name: SubjectName): Promise<void> {
  const before = faults.size;
  await checkRows(await subjectOn(stack, name), topics, isWanted, report);
  if (faults.size > before) process.stdout.write(`logs: ${await writeLogs(stack)}\n`);
}

async function checkAll(): Promise<void> {
  const edges = (["web", "nginx"] as const).filter((name) => subjects.includes(name));
  if (edges.length > 0) {
    await using stack = await OwnStack.claim();
    for (const name of edges) {
      await stack.serve("witness", name);
      await check(stack, name);
    }
  }
  const behind = (["gateway", "chain"] as const).filter((name) => subjects.includes(name));
  if (behind.length > 0) {
    await using stack = await OwnStack.claim();
    await stack.serve("examples/echo.ts", "web");
    for (const name of behind) await check(stack, name);
  }
}

try {
  const start = performance.now();
  await checkAll();
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stdout.write(
    `\n${matrix(topics, results, faults)}\n` +
      `${results.length} rows checked in ${seconds} s, ${faults.size} failed\n`,
  );
  process.exitCode = faults.size === 0 && results.length > 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof Interruption)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
