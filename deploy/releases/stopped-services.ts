import { Problem } from "../problem.ts";
import { isOther, type Started, startOthers } from "../stack/accessories.ts";
import { compose, type Stack } from "../stack/compose.ts";
import type { Plan } from "./plan.ts";

/**
 * Starts what was stopped by hand, or has not come back: migrations and replicas may need it.
 * @param check throws once nothing more should begin
 * @throws Problem if one cannot be started that is not the operator's own
 */
export async function startStopped(
  stack: Stack,
  { stopped }: Plan,
  check: () => void,
): Promise<Started> {
  const services = [...new Set(stopped.map(({ service }) => service))];
  const needed = services.filter((each) => !isOther(each));
  if (needed.length > 0) await startNeeded(stack, needed);
  const others = await startOthers(stack, services.filter(isOther), check, "--no-recreate");
  return { started: [...needed, ...others.started], warnings: others.warnings };
}

async function startNeeded(stack: Stack, services: readonly string[]): Promise<void> {
  const options = ["--detach", "--no-build", "--no-recreate", "--wait", "--wait-timeout", "120"];
  const { code, output } = await compose(stack, ["up", ...options, ...services]);
  if (code !== 0) throw new Problem(`${services.join(", ")} cannot be started: ${output.trim()}`);
}
