import { Problem } from "../problem.ts";
import { knownCause } from "./cause.ts";
import { compose, type Stack } from "./compose.ts";

/**
 * Builds the images of a stack: on a terminal with BuildKit's own display, otherwise with its
 * steps as lines.
 */
export async function build(stack: Stack): Promise<void> {
  const terminal = process.stdout.isTTY;
  const args = terminal ? ["build"] : ["--progress", "plain", "build"];
  const { code, output } = await compose(
    stack,
    args,
    terminal ? { interactive: true } : { stream: true },
  );
  if (code === 0) return;
  throw knownCause(output) ?? new Problem("the images could not be built: see the lines above");
}
