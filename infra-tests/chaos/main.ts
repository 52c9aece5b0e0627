import { chaos } from "./chaos.ts";
import { readOptions } from "./options.ts";

/** `node infra-tests/chaos/main.ts`: breaks a stack of its own in many ways, and counts what visitors lose. */
try {
  process.exitCode = await chaos(readOptions(process.env));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
