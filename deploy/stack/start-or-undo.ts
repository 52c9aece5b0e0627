import { Interruption } from "../interruption.ts";
import { Problem } from "../problem.ts";
import { compose, type Stack } from "./compose.ts";
import { listContainers } from "./containers.ts";
import { start } from "./start.ts";

const RUNNING = ["running", "restarting", "paused"];

/**
 * Starts a stack and leaves nothing half started behind: if it does not get healthy, or the
 * operator interrupts, what this call started is taken down again. A stack that ran before is left
 * as it is, because it may still serve. Volumes always stay.
 * @throws Problem
 */
export async function startOrUndo(stack: Stack, say: (line: string) => void): Promise<void> {
  const before = await listContainers(stack.settings.project);
  const ranBefore = before.some(({ state }) => RUNNING.includes(state));
  using interruption = new Interruption();
  try {
    await start(stack, say);
  } catch (error) {
    const { came } = interruption;
    if (ranBefore) {
      say("the stack ran before: it is left as it is now, make ps shows it");
    } else {
      const { code } = await compose(stack, ["down", "--remove-orphans"]);
      say(
        code === 0
          ? "what this run started is taken down again; the data stays"
          : "what this run started could not all be taken down: run make down",
      );
    }
    if (came !== undefined) throw new Problem(`stopped by ${came.signal}`, came.exitCode);
    throw error;
  }
}
