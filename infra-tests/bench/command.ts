import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../stack/clone.ts";
import { Interruption } from "../stack/run.ts";
import { bench } from "./bench.ts";
import { NoStatistics } from "./cgroup.ts";
import { OptionError, readOptions } from "./options.ts";
import { UnfitChain } from "./page-check.ts";
import { asJson, record } from "./record.ts";
import { htmlReport } from "./report/html.ts";
import { terminalReport } from "./report/terminal.ts";

const USAGE_EXIT_CODE = 64;
/** Where the results are written, for each run anew. */
export const REPORTS = join(root, "reports", "bench");

/** Measures what the variables choose, and reports it. RECORD=1 keeps the run as the recorded one. */
export async function runBench(): Promise<void> {
  try {
    const results = await bench(readOptions(process.env));
    await mkdir(REPORTS, { recursive: true });
    const file = (name: string) => join(REPORTS, name);
    await writeFile(file("results.json"), asJson(results));
    await writeFile(file("report.html"), htmlReport(results));
    if (process.env.RECORD === "1") await record(results);
    process.stdout.write(`\n${terminalReport(results)}\nfor a browser: ${file("report.html")}\n`);
  } catch (error) {
    exitWith(error);
  }
}

/** One line and an exit code for what an operator can change; the rest is thrown on. */
export function exitWith(error: unknown): void {
  if (error instanceof OptionError) process.exitCode = USAGE_EXIT_CODE;
  else if (error instanceof UnfitChain || error instanceof NoStatistics) process.exitCode = 1;
  else if (error instanceof Interruption) process.exitCode = error.exitCode;
  else throw error;
  process.stderr.write(`${error.message}\n`);
}
