import { type Row, runChecks } from "./checks/check.ts";
import { DOCTOR_CHECKS } from "./checks/table.ts";
import { openClone } from "./clone.ts";
import { readEnvironment } from "./env/environment.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const clone = openClone();
  const rows = await runChecks({ clone, environment: await readEnvironment(clone) }, DOCTOR_CHECKS);
  for (const row of rows) process.stdout.write(`${line(row)}\n`);
  process.exitCode = rows.find(({ finding }) => finding?.ok === false)?.finding?.exitCode ?? 0;
});

function line({ name, finding, failedNeed }: Row): string {
  if (finding === undefined) {
    return `-        ${name.padEnd(9)} not checked: fix the ${failedNeed} first`;
  }
  return `${finding.ok ? "ok     " : "problem"}  ${name.padEnd(9)} ${finding.text}`;
}
