import { engineFault, inspectEngine, readHost } from "../engine/index.ts";
import { UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { bad, type Check, good } from "./finding.ts";

/** Engine, Compose and buildx: there, new enough, and the daemon answers. */
export const engineCheck: Check = {
  name: "engine",
  needs: [],
  check: async () => {
    const state = await inspectEngine();
    const fault = engineFault(state, readHost());
    if (fault !== undefined) return [bad(fault.message, UNAVAILABLE_EXIT_CODE)];
    const { engine, compose, buildx } = state;
    return [good(`Docker ${engine}, Compose ${compose}, buildx ${buildx}`)];
  },
};
