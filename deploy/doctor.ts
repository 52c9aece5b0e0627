import { runChecks } from "./checks/check.ts";
import { DOCTOR_CHECKS } from "./checks/table.ts";
import { openClone } from "./clone.ts";
import { readEnvironment } from "./env/environment.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const clone = openClone();
  const rows = await runChecks({ clone, environment: await readEnvironment(clone) }, DOCTOR_CHECKS);
  for (const { name, ok, warns, text } of rows) {
    const mark = ok === undefined ? "-" : warns ? "warning" : ok ? "ok" : "problem";
    print(`${mark.padEnd(8)} ${name.padEnd(9)} ${text}\n`);
  }
  process.exitCode = rows.find(({ ok }) => ok === false)?.exitCode ?? 0;
});
