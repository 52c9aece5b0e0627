import { join, relative } from "node:path";
import { layout } from "../layout.ts";
import { LOGS } from "../stack/logs.ts";

/** The program of the commands on a server, in the folder of the site there; its first word is the command. */
export const PROGRAM = relative(layout.root, join(import.meta.dirname, "../main.ts"));

/** How a command of the operator runs on a server. */
export interface Command {
  /**
   * "commit": it gets the commit that is checked out here first. "change": it changes something, and goes on if the
   * connection breaks. "look": it shows something, on this terminal.
   */
  readonly kind: "commit" | "change" | "look";
  /** It works beside whatever else does there: in an emergency it must not wait for a backup. */
  readonly unlocked?: boolean;
  /** The variables of make that it reads. */
  readonly variables?: readonly string[];
}

const BACKUP = ["BACKUP", "FORCE"];
const DEPLOY = ["CONTRACT", "ONE_AT_A_TIME", "PULL"];

/** The commands with TO=, by the name of their make target. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  up: { kind: "commit", variables: DEPLOY },
  deploy: { kind: "commit", variables: DEPLOY },
  rollback: { kind: "change", variables: ["RELEASE"] },
  releases: { kind: "look" },
  canary: { kind: "change", variables: ["PROMOTE", "REVERT"] },
  backup: { kind: "change" },
  backups: { kind: "look", variables: ["NEWER_THAN"] },
  restore: { kind: "change", variables: BACKUP },
  rmbackup: { kind: "change", variables: BACKUP },
  pause: {
    ...{ kind: "change", unlocked: true },
    variables: ["SECONDS"],
  },
  resume: { kind: "change", unlocked: true },
  maintenance: {
    ...{ kind: "change", unlocked: true },
    variables: ["MESSAGE", "PASS"],
  },
  live: { kind: "change", unlocked: true },
  doctor: { kind: "look" },
  status: { kind: "look", variables: ["ONCE", "EVERY"] },
};

/** A canary that is reverted gives its clients back at once. */
export const REVERT: Command = {
  ...{ kind: "change", unlocked: true },
  variables: ["REVERT"],
};

/** A canary of a commit gets it; one that runs is only judged. */
export const CANARY_OF_A_COMMIT: Command = {
  kind: "commit",
  variables: ["PERCENT", "FOR", "CONTRACT"],
};

/** What `docker compose` does there, by the name of the make target. */
export const COMPOSE: Readonly<Record<string, readonly string[]>> = {
  logs: LOGS,
  ps: ["ps", "--all"],
};

/** The make targets with TO=, `server` aside, which prepares one. */
export const ON_SERVERS: readonly string[] = [
  ...Object.keys(COMMANDS),
  ...Object.keys(COMPOSE),
  "exec",
  "psql",
];
