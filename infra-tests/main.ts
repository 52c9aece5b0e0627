import { Interruption } from "./stack/run.ts";
import { chosen, runSuites } from "./suites.ts";

/**
 * `node infra-tests/main.ts [chain|e2e|load|all]` brings a test stack up, runs the suites against
 * it and takes it down. `--project NAME` points e2e and load at a running project instead.
 */
try {
  process.exitCode = await runSuites(chosen(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Interruption)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
