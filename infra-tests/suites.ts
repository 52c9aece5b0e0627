import { parseArgs } from "node:util";
import { writeLogs } from "./stack/logs.ts";
import { type Application, OwnStack } from "./stack/own-stack.ts";
import { Interruption } from "./stack/run.ts";
import { Stack } from "./stack/stack.ts";
import { type Stage, stages } from "./stages.ts";

export interface Choice {
  readonly stages: readonly Stage[];
  /** A running project to test instead of a stack of our own. */
  readonly project: string | undefined;
}

/** Reads the command line. Throws, with what is allowed, when it cannot be meant. */
export function chosen(words: string[]): Choice {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { project: { type: "string" } },
  });
  const [suite = "all"] = positionals;
  const found = stages.filter((stage) =>
    suite === "all" ? stage.when !== "alone" : stage.suite === suite && stage.when !== "all",
  );
  if (found.length === 0) throw new Error(`no suite ${suite}: chain, e2e, load or all`);
  if (values.project !== undefined && found.some((stage) => stage.suite === "chain")) {
    throw new Error(
      "chain breaks things, so it has a stack of its own: --project is for e2e, load",
    );
  }
  return { stages: found, project: values.project };
}

/** Runs the stages, goes on after one that fails, prints all times; 0 if all passed. */
export async function runSuites({ stages, project }: Choice): Promise<number> {
  const report: string[] = [];
  let worst = 0;
  const timed = async (name: string, work: () => Promise<number>): Promise<boolean> => {
    process.stdout.write(`\n== ${name}\n`);
    const start = performance.now();
    const code = await work();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    report.push(`${code === 0 ? "passed" : "FAILED"}  ${seconds.padStart(6)} s  ${name}`);
    if (code !== 0) worst = 1;
    return code === 0;
  };

  if (project !== undefined) {
    for (const { name, work } of stages) await timed(name, () => work(new Stack(project)));
  } else {
    await using stack = await OwnStack.claim();
    for (const { name, application, work } of stages) {
      const change = stack.serves !== application;
      if (change && !(await timed(`the test stack with ${application}`, up(stack, application)))) {
        break;
      }
      await timed(name, () => work(stack));
    }
    if (worst !== 0) process.stdout.write(`logs: ${await writeLogs(stack)}\n`);
  }
  process.stdout.write(`\n${report.join("\n")}\n`);
  return worst;
}

/** Brings the stack up; what keeps it from coming up is told here, and ends the run. */
function up(stack: OwnStack, application: Application): () => Promise<number> {
  return async () => {
    try {
      await stack.serve(application);
      return 0;
    } catch (error) {
      if (error instanceof Interruption) throw error;
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      return 1;
    }
  };
}
