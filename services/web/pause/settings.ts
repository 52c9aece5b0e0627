import { isNetwork } from "@gatehouse/http";
import { integer, list, milliseconds, optionalPath } from "@gatehouse/settings";

/** Rows of the edge's table: pause and maintenance. */
export const pauseRows = {
  stateFile: optionalPath("Keeps a pause or maintenance over a restart; nothing forgets it."),
  pauseLongest: milliseconds({
    default: 30_000,
    min: 1000,
    max: 60 * 60_000,
    why: "How long a request waits in a pause, where the verb does not say.",
  }),
  pauseHeld: integer({
    default: 1000,
    min: 0,
    max: 100_000,
    why: "How many requests may wait in a pause; once so many wait, each client has an equal share, and the others get 503.",
  }),
  maintenanceAllow: list({
    default: [],
    allowed: "addresses or CIDRs, separated by commas",
    matches: { test: isNetwork },
    why: "Clients for whom the site is live under maintenance.",
  }),
};
