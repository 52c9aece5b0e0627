import { integer, milliseconds, optionalPath, path, text } from "@gatehouse/settings";

const MINUTE = 60_000;

/** Rows of the edge's table: its processes, what they serve, and how they end. */
export const processRows = {
  workers: integer({
    default: 1,
    min: 1,
    max: 64,
    why: "Processes that serve; each has caches, circuits and limits of its own.",
  }),
  edges: integer({
    variable: "EDGES",
    default: 1,
    min: 1,
    max: 8,
    why: "Edges that share the ports of one host: each has its share of the limits, and an admin port of its own, from WEB_ADMIN_PORT on.",
  }),
  site: path({
    default: "site.ts",
    why: "The module that says what the site is; without such a file, the edge has a site of its own.",
  }),
  lameDuck: milliseconds({
    default: 2000,
    min: 0,
    max: 10 * MINUTE,
    why: "How long a stopping edge serves on, and has its clients use other connections.",
  }),
  gracefulTimeout: milliseconds({
    default: 10_000,
    min: 0,
    max: 60 * MINUTE,
    why: "How long requests in flight may take to finish at a stop.",
  }),
  accessLog: text({
    default: "-",
    allowed: "a path, - for stdout, or off",
    matches: /^[^\0]+$/,
    why: "Where the access lines go; USR1 opens a file anew after it was moved away.",
  }),
  controlSocket: optionalPath(
    "The Unix socket for verbs; off for none, nothing for one named after WEB_HTTP_PORT.",
  ),
  controlFolder: optionalPath(
    "A folder that the edges of one host share: each has its control socket there, and does every verb that another one gets.",
  ),
  namespaceFile: optionalPath(
    "Where the holder of the network namespace writes which one it holds.",
  ),
};
