import { stateIs } from "../evidence.ts";
import type { Fault } from "../fault.ts";

/** Freezes all processes of one container, and has them go on at the end. */
export function freeze(service: string, number = 1): Pick<Fault, "begin" | "end" | "evidence"> {
  return {
    evidence: stateIs("paused", service, number),
    async begin(stack) {
      await (await stack.container(service, number)).pause();
    },
    async end(stack) {
      await (await stack.container(service, number)).unpause();
    },
  };
}
