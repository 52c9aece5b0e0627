import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PERFORMANCE_PAGE, performancePage } from "./report/page.ts";
import type { Results } from "./results.ts";

/** The last run that was kept: `make bench-check` compares with it, docs/performance.md shows it. */
export const RECORDED = join(import.meta.dirname, "recorded.json");

/** Writes the results with as many digits as they are worth. */
export function asJson(results: Results): string {
  const rounded = (_key: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  // A line for each row and round: a change of the recorded run can be read.
  return `${JSON.stringify(results, rounded).replace(/\{"(?:page|chain|requests)":/g, "\n$&")}\n`;
}

/** Keeps a run, and makes the page of it. */
export async function record(results: Results): Promise<void> {
  const json = asJson(results);
  await writeFile(RECORDED, json);
  await writeFile(PERFORMANCE_PAGE, performancePage(JSON.parse(json)));
}
