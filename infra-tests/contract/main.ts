import { parseArgs } from "node:util";
import { Interruption } from "../stack/run.ts";
import { COLUMNS } from "./matrix.ts";
import { runContract } from "./run.ts";
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
