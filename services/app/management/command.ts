import type { AppValues } from "../settings.ts";

/** The options of a command, beside the flags of the application's own settings. */
export type OptionTable = Readonly<Record<string, { readonly type: "boolean" | "string" }>>;

type Given<Options extends OptionTable> = {
  readonly [Name in keyof Options]: Options[Name]["type"] extends "boolean"
    ? boolean
    : string | undefined;
};

/** What a command was called with. */
export interface Call<Options extends OptionTable = OptionTable> {
  readonly values: AppValues;
  readonly options: Given<Options>;
  /** The words after the command's name that are no options. */
  readonly operands: readonly string[];
}

/** One word of `manage`, and what it does. */
export interface Command<Options extends OptionTable = OptionTable> {
  /** One line of the list. */
  readonly summary: string;
  /** What may follow the name: "[--check] [--name WORDS]". */
  readonly usage: string;
  readonly options: Options;
  /** How many words it takes beside its options; none unless told. */
  readonly operands?: number;
  /**
   * Carries it out.
   * @returns one line for the operator
   * @throws CommandError; another Error fails it with its message and exit code 1
   */
  run(call: Call<Options>): Promise<string>;
}

export function defineCommand<const Options extends OptionTable>(
  command: Command<Options>,
): Command<Options> {
  return command;
}

/** EX_USAGE of sysexits.h: the command was called in a way that cannot be meant. */
export const USAGE_EXIT_CODE = 64;

/** Ends a command with a message of one line and this exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
