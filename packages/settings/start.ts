import { printConfig } from "./print.ts";
import { type Reading, readSettings, SettingError } from "./read.ts";
import type { SettingsTable } from "./table.ts";

/** EX_CONFIG of sysexits.h: refused because of a setting. */
export const CONFIG_EXIT_CODE = 78;

/**
 * Reads a service's settings when its process starts. A wrong setting ends the process with one
 * line and exit code 78; `--print-config` prints all values and ends it with 0.
 */
export function startSettings<Table extends SettingsTable>(table: Table): Reading<Table> {
  const words = process.argv.slice(2);
  const args = words.filter((word) => word !== "--print-config");
  try {
    const reading = readSettings(table, process.env, args);
    if (args.length === words.length) return reading;
    process.stdout.write(printConfig(table, reading));
    process.exit(0);
  } catch (error) {
    refuseStart(error);
  }
}

/** Ends the process after a SettingError: one line, exit code 78. @throws any other error */
export function refuseStart(error: unknown): never {
  if (!(error instanceof SettingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(CONFIG_EXIT_CODE);
}
