import type { SignalTable } from "@gatehouse/processes";
import type { Operations } from "./verbs.ts";

/** What the primary does at each signal; the meanings are nginx's and the gateway's. */
export const SIGNALS: SignalTable<Operations> = {
  SIGTERM: (edge) => edge.drain(),
  SIGINT: (edge) => edge.quit(),
  SIGHUP: (edge) => edge.reload(),
  SIGUSR1: (edge) => edge.reopenLogs(),
};
