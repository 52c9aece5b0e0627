import { parseArgs } from "node:util";
import { OwnStack } from "../stack/own-stack.ts";
import { writeLogs } from "../stack/write-logs.ts";
import { judgeRows } from "./judge-rows.ts";
import { COLUMNS, markOf, reasons } from "./matrix.ts";
import { complaintOf, type Outcome } from "./outcome.ts";
import { nameOf, type Row } from "./row.ts";
import { type SubjectName, subjectOn } from "./subject.ts";
import { TOPICS } from "./topics/index.ts";

/**
 * `node infra-tests/contract/main.ts [--quick] [--topic NAME]... [--subject NAME]` holds each subject
 * against the contract, on stacks of its own, and prints the matrix. Exit code 1 if a row is broken
 * that owed.ts does not excuse, or kept that it does.
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    topic: { type: "string", multiple: true },
    subject: { type: "string" },
  },
});
const topics = TOPICS.filter(({ name }) => values.topic?.includes(name) ?? true);
const wanted = (row: Row) => row.quick || !values.quick;
const chosen = (...names: SubjectName[]) =>
  names.filter((name) => (values.subject ?? name) === name);
if (topics.length === 0) throw new Error(`no topic ${values.topic}`);

const outcomes: Outcome[] = [];
const complaints: string[] = [];

function tell(outcome: Outcome): void {
  outcomes.push(outcome);
  const complaint = complaintOf(outcome);
  if (complaint === undefined) return;
  complaints.push(`${outcome.subject}: ${outcome.row}`);
  process.stdout.write(`BROKEN ${outcome.subject}: ${outcome.row}\n${complaint}\n`);
}

async function judge(stack: OwnStack, name: SubjectName): Promise<void> {
  process.stdout.write(`== ${name}\n`);
  const before = complaints.length;
  await judgeRows(await subjectOn(stack, name), topics, wanted, tell);
  if (complaints.length > before) process.stdout.write(`logs: ${await writeLogs(stack)}\n`);
}

const start = performance.now();
{
  await using stack = await OwnStack.claim();
  for (const name of chosen("web", "nginx") as ("web" | "nginx")[]) {
    await stack.serve("witness", name);
    await judge(stack, name);
  }
}
const behindTheEdge = chosen("gateway", "chain");
if (behindTheEdge.length > 0) {
  await using stack = await OwnStack.claim();
  await stack.serve("examples/echo.ts");
  for (const name of behindTheEdge) await judge(stack, name);
}

const WIDTH = 72;
process.stdout.write(`\n${"".padEnd(WIDTH)}${COLUMNS.map((each) => each.padEnd(9)).join("")}\n`);
for (const topic of topics) {
  for (const row of topic.rows.filter(wanted)) {
    const name = nameOf(topic, row);
    const marks = COLUMNS.map((column) => {
      if (complaints.includes(`${column}: ${name}`)) return "BROKEN";
      const judged = outcomes.some((each) => each.row === name && each.subject === column);
      return judged ? markOf(topic, row, column) : "-";
    });
    process.stdout.write(
      `${name.slice(0, WIDTH - 1).padEnd(WIDTH)}${marks.map((mark) => mark.padEnd(9)).join("")}\n`,
    );
  }
}
process.stdout.write(`${reasons().join("\n")}\n`);
const seconds = ((performance.now() - start) / 1000).toFixed(0);
process.stdout.write(
  `${outcomes.length} judged in ${seconds} s, ${complaints.length} not as owed.ts says\n`,
);
if (complaints.length > 0) process.exitCode = 1;
