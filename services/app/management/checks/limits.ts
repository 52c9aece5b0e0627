import type { Check } from "./check.ts";

/** The largest body that the edge takes where .env says nothing, in bytes. */
const EDGE_BODY = 64 * 1024 ** 2;
/** What a form adds to its picture, generously. */
const FORM = 256 * 1024;
/** Milliseconds after which the edge gives up on a replica where .env says nothing. */
const EDGE_PATIENCE = 60_000;

/** Limits of two tiers that must fit each other. */
export const limitChecks: readonly Check[] = [
  {
    id: "upload-limit",
    what: "The edge takes what the application allows to upload",
    why: "Else a picture of the right size ends in the edge's 413, without the form and its text.",
    fix: "Raise WEB_LIMIT_REQUEST_BODY, or lower APP_PICTURE_LIMIT.",
    look: async ({ values, environment }) => {
      // 0 is any size.
      const edge = Number(environment.WEB_LIMIT_REQUEST_BODY || EDGE_BODY) || Infinity;
      const largest = values.pictureLimit + FORM;
      return largest <= edge
        ? undefined
        : `a form may have ${largest} bytes, the edge takes ${edge} bytes`;
    },
  },
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
