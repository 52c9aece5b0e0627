import { BASIC_CHECKS, type Check, type CheckInput, DEPLOY_CHECKS } from "./checks.ts";
import { CommandError, defineCommand } from "./command.ts";

export const checkCommand = defineCommand({
  summary: "checks the application; --deploy also what is unsafe on the internet",
  usage: "[--deploy]",
  options: { deploy: { type: "boolean" } },
  run: ({ values, options }) => {
    const checks = options.deploy ? [...DEPLOY_CHECKS, ...BASIC_CHECKS] : BASIC_CHECKS;
    return runChecks(checks, { values, environment: process.env });
  },
});

/** @throws CommandError (1) if a check fails, with its reason and its fix */
export async function runChecks(checks: readonly Check[], input: CheckInput): Promise<string> {
  const problems = await Promise.all(checks.map((check) => check.find(input)));
  const lines = checks.map((check, index) => lineOf(check, problems[index]));
  const failed = problems.filter((problem) => problem !== undefined).length;
  if (failed === 0) return `all ${checks.length} checks passed\n${lines.join("\n")}`;
  throw new CommandError(`${failed} of ${checks.length} checks failed\n${lines.join("\n")}`);
}

function lineOf({ id, rule, why, fix }: Check, problem: string | undefined): string {
  if (problem === undefined) return `  ok    ${id}: ${rule}`;
  return `  FAIL  ${id}: ${problem}\n        rule: ${rule}\n        why: ${why}\n        fix: ${fix}`;
}
