import { parseArgs } from "node:util";
import { readSettings } from "@gatehouse/settings";
import { appSettings } from "../settings.ts";
import { type Call, CommandError, type OptionTable, USAGE_EXIT_CODE } from "./command.ts";

/**
 * Reads what follows a command's name: its own options, and among the rest the flags of the
 * settings table and the operands.
 * @throws CommandError (64) for an option that is not given as it must; SettingError
 */
export function readCall<Options extends OptionTable>(
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
  for (const name in options) if (options[name]?.type === "boolean") given[name] = false;
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const type = options[token.name]?.type;
    if (type === undefined) continue;
    if ((type === "boolean") !== (token.value === undefined)) {
      const rule = type === "boolean" ? "takes no value" : "needs a value";
      throw new CommandError(`${token.rawName} ${rule}`, USAGE_EXIT_CODE);
    }
    given[token.name] = token.value ?? true;
    taken.add(token.index);
    if (token.inlineValue === false) taken.add(token.index + 1);
  }
  const rest = args.filter((_, index) => !taken.has(index));
  const { values, operands } = readSettings(appSettings, environment, rest);
  return { values, options: given as Call<Options>["options"], operands };
}
