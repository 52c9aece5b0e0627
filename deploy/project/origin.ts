import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { Problem } from "../problem.ts";
import { type Answers, isAnswers } from "./adopted/answers.ts";

/** What a project was made from, and with: `.gatehouse.json`. */
export interface Origin {
  /** The version of Gatehouse whose templates the project follows, and whose packages it uses. */
  readonly version: string;
  readonly name: string;
  /** The starter: "hono", "express"; of an adopted application its kind: "node", "next". */
  readonly app: string;
  /** What was found of an application that was there before; not there for one of our starters. */
  readonly adopted?: Answers;
}

export const ORIGIN_FILE = ".gatehouse.json";

/**
 * Reads what a project was made from; undefined where no `make new` has made the folder.
 * @throws Problem if the file cannot be read
 */
export function readOrigin(folder: string): Origin | undefined {
  const file = join(folder, ORIGIN_FILE);
  if (!existsSync(file)) return undefined;
  try {
    const { version, name, app, adopted }: Partial<Origin> = JSON.parse(readFileSync(file, "utf8"));
    if (version && name && app) {
      if (adopted === undefined) return { version, name, app };
      if (isAnswers(adopted)) return { version, name, app, adopted };
    }
  } catch {
    // The message is the same.
  }
  throw new Problem(
    `${ORIGIN_FILE} must have "version", "name", "app" and, if it was adopted, all answers: bring it back from git`,
    CONFIG_EXIT_CODE,
  );
}

export function originText(origin: Origin): string {
  return `${JSON.stringify(origin, undefined, 2)}\n`;
}
