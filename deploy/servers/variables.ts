import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { ENV_NAMES } from "../env/tiers.ts";
import { Problem } from "../problem.ts";
import type { Command } from "./commands.ts";
import { isStacks } from "./environment.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** What make itself and the programs of this machine read. */
const READ_HERE = ["TO", "VERBOSE", "NODE", "NPM"];

/**
 * The variables that a command on the server gets. The rest of the command line must not be dropped: here a setting
 * outranks .env for one command, and there the environment's file says what is so.
 * @param name of the make target
 * @param file of the environment
 * @param given the names of the variables that stand on make's command line
 * @throws Problem (exit code 78) that names each one that the command does not read
 */
export function passedOn(
  name: string,
  { variables: read = [] }: Pick<Command, "variables">,
  file: string,
  variables: Variables,
): Record<string, string> {
  if (variables.BACKUP_IDENTITY) {
    throw new Problem(
      "BACKUP_IDENTITY is a file of this machine, and the server must not have it: restore an encrypted backup " +
        "there, as docs/production.md says",
      CONFIG_EXIT_CODE,
    );
  }
  const given = (variables.GIVEN ?? "").split(" ").filter(Boolean);
  const foreign = given.filter((each) => !READ_HERE.includes(each) && !read.includes(each));
  if (foreign.length > 0) {
    const problems = foreign.map((each) =>
      isStacks(each) || each.startsWith("SERVER_")
        ? `${each} is a setting: of a server it is a line of ${file}`
        : `make ${name} with TO= reads no ${each}: ${read.length === 0 ? "leave it out" : `it reads ${read.join(", ")}`}`,
    );
    throw new Problem(problems.join("\n"), CONFIG_EXIT_CODE);
  }
  return Object.fromEntries(
    read.flatMap((each): [string, string][] => {
      const value = variables[each];
      return value === undefined || value === "" ? [] : [[each, value]];
    }),
  );
}

/** The settings in this process's environment: here they would outrank .env, and no server gets them. */
export const settingsOfShell = (variables: Variables): string[] =>
  ENV_NAMES.filter((name) => variables[name] !== undefined);

/** The tree on the server may be of an earlier version, whose rollback reads TO alone. */
export const forEarlierTree = ({ RELEASE }: Variables): Record<string, string> =>
  RELEASE === undefined ? {} : { TO: RELEASE };
