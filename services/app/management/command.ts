import { parseArgs } from "node:util";
import { readSettings } from "@gatehouse/settings";
import { type AppValues, appSettings } from "../settings.ts";

/** The options of a command, besides the flags of the application's own settings. */
type OptionTable = Readonly<Record<string, { readonly type: "boolean" | "string" }>>;

interface Call<Options extends OptionTable> {
  readonly values: AppValues;
  readonly options: ReturnType<typeof parseArgs<{ options: Options }>>["values"];
}

export interface Command<Options extends OptionTable = OptionTable> {
  readonly summary: string;
  /** What may follow the name: "[--check] [--name WORDS]". */
  readonly usage?: string;
  readonly options?: Options;
  /** @returns one line for the operator @throws Error: exit code 1, unless a CommandError has another */
  run(call: Call<Options>): Promise<string>;
}

export function defineCommand<const Options extends OptionTable>(
  command: Command<Options>,
): Command<Options> {
  return command;
}

/** EX_USAGE of sysexits.h: wrong usage. */
export const USAGE_EXIT_CODE = 64;

/** Ends a command with one line and this exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Reads a command's own options and the settings' flags. @throws CommandError (64), SettingError */
export function readCall<Options extends OptionTable>(
  name: string,
  options: Options,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Call<Options> {
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, string | boolean> = {};
  const used = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const type = options[token.name]?.type;
    if (type === undefined) continue;
    if ((type === "boolean") !== (token.value === undefined)) {
      const rule = type === "boolean" ? "takes no value" : "needs a value";
      throw new CommandError(`${token.rawName} ${rule}`, USAGE_EXIT_CODE);
    }
    given[token.name] = token.value ?? true;
    used.add(token.index);
    if (token.inlineValue === false) used.add(token.index + 1);
  }
  const rest = args.filter((_, index) => !used.has(index));
  const { values, operands } = readSettings(appSettings, environment, rest);
  if (operands[0] !== undefined) {
    throw new CommandError(`${name}: unexpected argument "${operands[0]}"`, USAGE_EXIT_CODE);
  }
  return { values, options: given as Call<Options>["options"] };
}
