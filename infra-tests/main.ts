import { parseArgs } from "node:util";
import { layout } from "./stack/layout.ts";
import { writeLogs } from "./stack/logs.ts";
import { OwnStack } from "./stack/own-stack.ts";
import { Interruption } from "./stack/run.ts";
import { Stack } from "./stack/stack.ts";
import { type Stage, stagesOf } from "./stages.ts";

/**
 * `node infra-tests/main.ts [chain|e2e|load|all] [--full]` starts a test stack, runs the suites on it
 * and removes it. `--project NAME` runs e2e or load on a running project instead.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { project: { type: "string" }, full: { type: "boolean", default: false } },
});
const { stages: all, without } = stagesOf(positionals[0] ?? "all", values.full);
// A project that runs already serves its own application.
const stages = all.filter(
  ({ application }) => values.project === undefined || application === "site",
);
if (values.project !== undefined && stages.some(({ suite }) => suite === "chain")) {
  throw new Error("chain breaks the stack that it runs on: --project is for e2e and load only");
}

/** Runs a step and reports it. @returns whether it passed */
async function step(name: string, work: () => Promise<number>): Promise<boolean> {
  process.stdout.write(`\n== ${name}\n`);
  const start = performance.now();
  const passed = (await work()) === 0;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  report.push(`${passed ? "passed" : "FAILED"}  ${seconds.padStart(6)} s  ${name}`);
  if (!passed) process.exitCode = 1;
  return passed;
}

/** Goes on after a stage that fails, but not after a stack that does not start. */
async function runOnOwnStack(): Promise<void> {
  await using stack = await OwnStack.claim();
  for (const { name, application, work } of stages) {
    if (stack.serves !== application) {
      const started = await step(`the test stack with ${application}`, () =>
        start(stack, application),
      );
      if (!started) break;
    }
    await step(name, () => work(stack));
  }
  if (process.exitCode === 1) process.stdout.write(`logs: ${await writeLogs(stack)}\n`);
}

async function start(stack: OwnStack, application: Stage["application"]): Promise<number> {
  try {
    await stack.serve(application);
    return 0;
  } catch (error) {
    if (error instanceof Interruption) throw error;
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

const report = without.map((name) => `no stories in ${layout.stories}: ${name}`);
try {
  if (values.project === undefined) {
    await runOnOwnStack();
  } else {
    const stack = new Stack(values.project);
    for (const { name, work } of stages) await step(name, () => work(stack));
  }
  process.stdout.write(`\n${report.join("\n")}\n`);
} catch (error) {
  if (!(error instanceof Interruption)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
