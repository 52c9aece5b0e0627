import type { SignalTable } from "@gatehouse/processes";
import type { Operations } from "./verbs.ts";

/** What the primary does at each signal; the meanings are gunicorn's (docs/gateway.md). */
export const SIGNALS: SignalTable<Operations> = {
  SIGTERM: (gateway) => gateway.drain(),
  SIGINT: (gateway) => gateway.quit(),
  SIGQUIT: (gateway) => gateway.quit(),
  SIGHUP: (gateway) => gateway.reload(),
  SIGTTIN: (gateway) => gateway.pool.scaleBy(1),
  SIGTTOU: (gateway) => gateway.pool.scaleBy(-1),
  SIGUSR1: (gateway) => gateway.reopenLogs(),
  // Without a listener Node ends the process; gunicorn's users send this signal.
  SIGUSR2: () => {
    throw new Error("there is no upgrade of the primary in place: start a new gateway");
  },
};
