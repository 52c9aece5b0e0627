import type { Check } from "./check.ts";

/** Milliseconds after which the edge gives up on a replica where .env says nothing. */
const EDGE_PATIENCE = 60_000;

/** Limits of two tiers that must fit each other. */
export const limitChecks: readonly Check[] = [
  {
    id: "query-timeout",
    what: "A query gives up before the edge does",
    why: "Else visitors get the edge's 504 instead of the application's own page.",
    fix: "Lower APP_QUERY_TIMEOUT, or raise WEB_UPSTREAM_TIMEOUT.",
    look: async ({ values, environment }) => {
      const patience = Number(environment.WEB_UPSTREAM_TIMEOUT || EDGE_PATIENCE);
      const longest = values.connectTimeout + values.queryTimeout;
      return longest < patience
        ? undefined
        : `connecting and asking may take ${longest} ms, the edge waits ${patience} ms`;
    },
  },
];
