import { examineEngine } from "../bare-machine/index.ts";
import { UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { bad, type Check, good } from "./check.ts";

/** Engine, Compose and buildx are installed, new enough, and the daemon responds. */
export const engineCheck: Check = {
  name: "engine",
  needs: [],
  check: async () => {
    const { state, fault } = await examineEngine();
    if (fault !== undefined) return [bad(fault.message, UNAVAILABLE_EXIT_CODE)];
    const { engine, compose, buildx } = state;
    return [good(`Docker ${engine}, Compose ${compose}, buildx ${buildx}`)];
  },
};
