/** EX_UNAVAILABLE of sysexits.h: the engine, a registry or another service is not there. */
export const UNAVAILABLE_EXIT_CODE = 69;

/** What ends a command: the message is one line that says what happened, why, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
