import { examine, type Row } from "./checks/examine.ts";
import { DOCTOR_CHECKS } from "./checks/table.ts";
import { openClone } from "./clone.ts";
import { entry } from "./entry.ts";
import { readEnvironment } from "./env/environment.ts";

await entry(async () => {
  const clone = openClone();
  const rows = await examine({ clone, environment: await readEnvironment(clone) }, DOCTOR_CHECKS);
  for (const row of rows) process.stdout.write(`${line(row)}\n`);
  process.exitCode = rows.find(({ finding }) => finding?.ok === false)?.finding?.exitCode ?? 0;
});

function line({ name, finding, needs }: Row): string {
  if (finding === undefined) return `-        ${name.padEnd(9)} not looked at: first the ${needs}`;
  return `${finding.ok ? "ok     " : "problem"}  ${name.padEnd(9)} ${finding.text}`;
}
