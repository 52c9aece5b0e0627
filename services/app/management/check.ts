import type { Check, Ground } from "./checks/check.ts";
import { BASIC_CHECKS, DEPLOY_CHECKS } from "./checks/table.ts";
import { CommandError, defineCommand } from "./command.ts";

export const checkCommand = defineCommand({
  summary: "says what is wrong; --deploy also what would be unsafe before strangers",
  usage: "[--deploy]",
  options: { deploy: { type: "boolean" } },
  run: ({ values, options }) => {
    const checks = options.deploy ? [...DEPLOY_CHECKS, ...BASIC_CHECKS] : BASIC_CHECKS;
    return examine(checks, { values, environment: process.env });
  },
});

/**
 * Runs the checks side by side.
 * @returns the table of them, where all hold
 * @throws CommandError (1) with the table, and with the reason and the fix of what does not hold
 */
export async function examine(checks: readonly Check[], ground: Ground): Promise<string> {
  const found = await Promise.all(checks.map((check) => check.look(ground)));
  const lines = checks.map((check, index) => lineOf(check, found[index]));
  const wrong = found.filter((flaw) => flaw !== undefined).length;
  if (wrong === 0) return `all ${checks.length} checks hold\n${lines.join("\n")}`;
  throw new CommandError(`${wrong} of ${checks.length} checks fail\n${lines.join("\n")}`);
}

function lineOf({ id, what, why, fix }: Check, flaw: string | undefined): string {
  if (flaw === undefined) return `  ok    ${id}: ${what}`;
  return `  FAIL  ${id}: ${flaw}\n        must hold: ${what}\n        why: ${why}\n        fix: ${fix}`;
}
