import { LOGS } from "../stack/logs.ts";

/** How a command of the operator runs on a server. */
export interface Command {
  /** The words after `node`, in the clone on the server. */
  readonly words: readonly string[];
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
  up: { words: ["deploy/up.ts"], kind: "commit", variables: DEPLOY },
  deploy: { words: ["deploy/deploy.ts"], kind: "commit", variables: DEPLOY },
  rollback: { words: ["deploy/rollback.ts"], kind: "change", variables: ["RELEASE"] },
  releases: { words: ["deploy/releases.ts"], kind: "look" },
  canary: { words: ["deploy/canary.ts"], kind: "change", variables: ["PROMOTE", "REVERT"] },
  backup: { words: ["deploy/backup.ts"], kind: "change" },
  backups: { words: ["deploy/backups.ts"], kind: "look", variables: ["NEWER_THAN"] },
  restore: { words: ["deploy/restore.ts"], kind: "change", variables: BACKUP },
  rmbackup: { words: ["deploy/rmbackup.ts"], kind: "change", variables: BACKUP },
  pause: {
    words: ["deploy/mode.ts", "pause"],
    ...{ kind: "change", unlocked: true },
    variables: ["SECONDS"],
  },
  resume: { words: ["deploy/mode.ts", "resume"], kind: "change", unlocked: true },
  maintenance: {
    words: ["deploy/mode.ts", "maintenance"],
    ...{ kind: "change", unlocked: true },
    variables: ["MESSAGE", "PASS"],
  },
  live: { words: ["deploy/mode.ts", "live"], kind: "change", unlocked: true },
  doctor: { words: ["deploy/doctor.ts"], kind: "look" },
  status: { words: ["deploy/status.ts"], kind: "look", variables: ["ONCE", "EVERY"] },
};

/** A canary that is reverted gives its clients back at once. */
export const REVERT: Command = {
  words: ["deploy/canary.ts"],
  ...{ kind: "change", unlocked: true },
  variables: ["REVERT"],
};

/** A canary of a commit gets it; one that runs is only judged. */
export const CANARY_OF_A_COMMIT: Command = {
  words: ["deploy/canary.ts"],
  kind: "commit",
  variables: ["PERCENT", "FOR", "CONTRACT"],
};

/** What `docker compose` does there, by the name of the make target. */
export const COMPOSE: Readonly<Record<string, readonly string[]>> = {
  logs: LOGS,
  ps: ["ps", "--all"],
};
