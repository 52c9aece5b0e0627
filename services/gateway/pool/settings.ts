import { integer, milliseconds, optionalPath, seconds } from "@gatehouse/settings";

const MINUTE = 60_000;
const DAY = 86_400;

/** How many workers there are, and how long they live. */
export const poolSettings = {
  workers: integer({
    default: 0,
    min: 0,
    max: 512,
    why: "How many worker processes; 0 takes one for each CPU that the cgroup allows.",
  }),
  quorum: integer({
    default: 50,
    min: 1,
    max: 100,
    unit: "%",
    why: "The share of the workers that must serve for /readyz to say ready.",
  }),
  timeout: seconds({
    default: 30,
    min: 0,
    max: 3600,
    why: "A worker whose event loop is silent for longer is replaced, its stack logged; 0 is never.",
  }),
  bootTimeout: milliseconds({
    default: MINUTE,
    min: 100,
    max: 60 * MINUTE,
    why: "How long a worker may take until the application is ready and has passed the probe.",
  }),
  maxRequests: integer({
    default: 0,
    min: 0,
    max: 1_000_000_000,
    why: "A worker is replaced after that many requests; 0 is never.",
  }),
  maxRequestsJitter: integer({
    default: 0,
    min: 0,
    max: 1_000_000_000,
    why: "Up to that many more, at random, so that workers do not become due together.",
  }),
  maxRss: integer({
    default: 0,
    min: 0,
    max: 1_048_576,
    unit: "MiB",
    why: "A worker is replaced whose resident memory stays above it; 0 is never.",
  }),
  maxLifetime: seconds({
    default: 0,
    min: 0,
    max: 365 * DAY,
    why: "A worker is replaced after that time, plus up to a tenth at random; 0 is never.",
  }),
  chdir: optionalPath(
    "The working directory of the applications; nothing: the gateway's own. Other paths are from there.",
  ),
} as const;
