import { choice } from "@gatehouse/settings";

/** Which requests of one client reach one worker. */
export const affinitySettings = {
  affinity: choice({
    default: "engine.io",
    of: ["engine.io", "client", "off"],
    why: "Which requests of one client go to one worker: Engine.IO (Socket.IO), all, or none.",
  }),
} as const;
