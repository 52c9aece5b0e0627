import { CONFIG_EXIT_CODE, SettingError } from "@gatehouse/settings";
import { printable } from "./print.ts";

/** EX_UNAVAILABLE of sysexits.h: the engine, a registry or another service cannot be used. */
export const UNAVAILABLE_EXIT_CODE = 69;

/** EX_TEMPFAIL of sysexits.h: another command works on the project; the same command may succeed later. */
export const BUSY_EXIT_CODE = 75;

/** The operator is to replace a container by hand, with the commit and the settings that are there now. */
export const BY_HAND_EXIT_CODE = 3;

/** A failure that the operator can mend. Each line says what happened, why, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A failure after which not everything could be put back as it was. */
export class LeftBehind extends Problem {
  /** What is not as it was, and why. */
  readonly left: string;

  /** @param cause the failure itself: the exit code is its */
  constructor(cause: unknown, left: string) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `${why}\nnot put back as before, all else is: ${left}`,
      cause instanceof Problem ? cause.exitCode : 1,
    );
    this.cause = cause;
    this.left = left;
  }
}

/**
 * Runs a command of the operator. A Problem or a rejected setting is printed and sets the exit code;
 * any other error is a bug and keeps its stack.
 */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof SettingError)) throw error;
    process.stderr.write(`${printable(error.message).replaceAll(/^/gm, "gatehouse: ")}\n`);
    process.exitCode = error instanceof Problem ? error.exitCode : CONFIG_EXIT_CODE;
  }
}
