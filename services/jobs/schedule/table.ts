import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SettingError } from "@gatehouse/settings";
import { Cron } from "croner";

/** A command that runs at times. */
export interface ScheduledTask {
  /** Minute, hour, day, month, weekday, as in cron: "17 3 * * *". With six fields, the first is the second. */
  readonly cron: string;
  /** A program and its arguments; no shell reads them. Relative paths begin at the root of the repository. */
  readonly command: readonly [string, ...string[]];
  /** The IANA name of the zone that `cron` means: "Europe/Berlin". Default: UTC. */
  readonly timeZone?: string;
  /** Seconds after which a run is ended. Default: an hour. */
  readonly timeout?: number;
  /** What becomes of times that passed while nothing ran: one run at the next start (the default), or none. */
  readonly missed?: "run" | "skip";
}

/** The default export of the schedule's module: the tasks by their names. */
export type Schedule = Readonly<Record<string, ScheduledTask>>;

/** A task whose row is as it should be. */
export interface Task extends Required<ScheduledTask> {
  readonly name: string;
  /** The next time after a moment; undefined if there is none any more. */
  readonly nextAfter: (moment: Date) => Date | undefined;
  /** The last time up to a moment, that included. */
  readonly lastUpTo: (moment: Date) => Date | undefined;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const FIELDS = ["cron", "command", "timeZone", "timeout", "missed"];
const LONGEST_TIMEOUT = 7 * 86_400;

/**
 * Loads the schedule.
 * @param file the module, relative to the working directory
 * @throws SettingError that names the task and the field
 */
export async function readSchedule(file: string): Promise<Task[]> {
  const module: { readonly default?: unknown } = await import(
    pathToFileURL(resolve(file)).href
  ).catch((error: unknown) => {
    throw new SettingError(`${file}: cannot be loaded: ${error}`);
  });
  const table = module.default;
  if (typeof table !== "object" || table === null) {
    throw new SettingError(
      `${file}: has no default export; write: export default { "my-task": { cron, command } }`,
    );
  }
  return Object.entries(table).map(([name, row]) => taskOf(file, name, row));
}

/** Checks a row field by field: an application without TypeScript has no other check. */
function taskOf(file: string, name: string, row: unknown): Task {
  const refuse = (what: string): never => {
    throw new SettingError(`${file}: ${name}: ${what}`);
  };
  if (!NAME.test(name)) refuse("expected a name of small letters, digits and -");
  if (typeof row !== "object" || row === null) return refuse("expected { cron, command }");
  const {
    cron,
    command,
    timeZone = "UTC",
    timeout = 3600,
    missed = "run",
  } = row as Partial<Record<keyof ScheduledTask, unknown>>;
  const unknown = Object.keys(row).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) refuse(`${unknown}: no such field; there are ${FIELDS.join(", ")}`);
  if (!isCommand(command)) return refuse('command: expected an array like ["node", "task.ts"]');
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    return refuse(`timeout: expected seconds, up to ${LONGEST_TIMEOUT}`);
  }
  if (missed !== "run" && missed !== "skip") return refuse("missed: expected run or skip");
  if (typeof timeZone !== "string" || !isTimeZone(timeZone)) {
    return refuse(`timeZone: ${JSON.stringify(timeZone)} is no IANA name like Europe/Berlin`);
  }
  if (typeof cron !== "string") return refuse('cron: expected an expression like "17 3 * * *"');
  const times = timesOf(cron, timeZone, refuse);
  const nextAfter = (moment: Date) => times.nextRun(moment) ?? undefined;
  if (nextAfter(new Date()) === undefined) refuse(`cron: "${cron}" is never due`);
  const lastUpTo = (moment: Date) => times.previousRuns(1, new Date(moment.getTime() + 1))[0];
  return { name, cron, command, timeZone, timeout, missed, nextAfter, lastUpTo };
}

function isCommand(value: unknown): value is ScheduledTask["command"] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((word) => typeof word === "string" && !word.includes("\0")) &&
    value[0] !== ""
  );
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function timesOf(cron: string, timezone: string, refuse: (what: string) => never): Cron {
  try {
    return new Cron(cron, { timezone, mode: "5-or-6-parts" });
  } catch (error) {
    return refuse(`cron: "${cron}" (${error instanceof Error ? error.message : error})`);
  }
}
