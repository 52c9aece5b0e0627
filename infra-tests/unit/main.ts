import { globSync } from "node:fs";
import { isAlone } from "./alone.ts";
import { Queue } from "./queue.ts";
import { type Results, runFiles } from "./run-files.ts";

/**
 * `node infra-tests/unit/main.ts PATTERN...` runs the test files of these patterns in few processes: with a process for
 * each file, most of the time went into loading the same modules again. It ends with 1 if a test fails.
 */

/** More than processors: tests wait, too. */
const WORKERS = 4;

const since = performance.now();
const files = globSync(process.argv.slice(2), { exclude: ["**/node_modules/**"] }).sort();
const alone = files.filter(isAlone);
const queue = new Queue(files.filter((file) => !isAlone(file)));
const results: Results = { tests: 0, failures: [] };

await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
for (const failure of results.failures) process.stdout.write(`\nfailed: ${failure}\n`);
const seconds = ((performance.now() - since) / 1000).toFixed(0);
process.stdout.write(
  `${results.tests} tests of ${files.length} files, ${results.failures.length} failed, ${seconds} s\n`,
);
if (results.failures.length > 0 || results.tests === 0) process.exitCode = 1;

async function work(worker: number): Promise<void> {
  for (let file = alone.shift(); file !== undefined; file = alone.shift()) {
    const list = [file];
    await runFiles(() => list.shift(), results);
  }
  await runFiles(() => queue.next(worker), results);
}
