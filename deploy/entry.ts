import { CONFIG_EXIT_CODE, SettingError } from "@gatehouse/settings";
import { Problem } from "./problem.ts";

/**
 * Runs a command of the operator. A Problem or a refused setting ends it with one line and its
 * exit code; anything else is a bug of ours and keeps its stack.
 */
export async function entry(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof Problem) {
      process.stderr.write(error.message.replaceAll(/^/gm, "gatehouse: ").concat("\n"));
      process.exitCode = error.exitCode;
    } else if (error instanceof SettingError) {
      process.stderr.write(`gatehouse: ${error.message}\n`);
      process.exitCode = CONFIG_EXIT_CODE;
    } else {
      throw error;
    }
  }
}
