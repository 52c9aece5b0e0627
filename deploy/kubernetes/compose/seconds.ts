import { durationOf } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";

/**
 * A Compose duration in whole seconds, rounded up: Kubernetes has no others.
 * @throws Problem for other text
 */
export function secondsOf(duration: string | undefined): number {
  const seconds = Math.ceil(durationOf(duration) / 1000);
  if (seconds >= 0) return seconds;
  throw new Problem(`compose.yaml: ${duration} is no duration`);
}
