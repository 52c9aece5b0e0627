import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SettingError } from "@gatehouse/settings";
import { readSchedule } from "./schedule/table.ts";
import type { JobsSettings } from "./settings.ts";

/**
 * Checks what can be checked without running a job: the program and the modules that it imports are there and
 * can be read, and so is each row of the schedule. The schedule's module is evaluated, as at each start: it may
 * leave handles open.
 * @returns a line for the operator
 * @throws SettingError with what is wrong
 */
export async function checkJobs({ entry, schedule }: JobsSettings): Promise<string> {
  if (entry === "" && schedule === "") throw new SettingError("JOBS and SCHEDULE are not set");
  if (entry !== "") await checkProgram("JOBS", entry);
  const tasks = schedule === "" ? [] : await readSchedule(schedule);
  for (const { name, command } of tasks) {
    const [program, file = ""] = command;
    if (program === "node" && /\.[cm]?[jt]s$/.test(file) && !existsSync(file)) {
      throw new SettingError(`${schedule}: ${name}: ${file}: no such file`);
    }
  }
  return [entry, ...tasks.map(({ name, cron }) => `${name} (${cron})`)].filter(Boolean).join(", ");
}

/** Links a program without running it: a module that imports a name which it lacks fails before its first line. */
async function checkProgram(variable: string, file: string): Promise<void> {
  if (!existsSync(file)) throw new SettingError(`${variable}=${file}: no such file`);
  const url = JSON.stringify(pathToFileURL(resolve(file)).href);
  const probe = `import { noSuchName } from ${url}`;
  const error = await import(`data:text/javascript,${encodeURIComponent(probe)}`).then(
    () => undefined,
    (found: unknown) => found,
  );
  if (error === undefined || /noSuchName/.test(String(error))) return;
  throw new SettingError(`${variable}=${file}: ${error}`);
}
