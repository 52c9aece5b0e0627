import {
  defineSettings,
  host,
  integer,
  milliseconds,
  optionalPath,
  path,
  type Values,
} from "@gatehouse/settings";

const HOUR = 3_600_000;

/** All settings of the process that runs the application's background jobs. */
export const jobsSettings = defineSettings("JOBS", {
  entry: optionalPath("The program that runs all the time, JOBS in .env; empty: none."),
  schedule: optionalPath(
    "The module with the table of the scheduled tasks, SCHEDULE in .env; empty: none.",
  ),
  bootTime: milliseconds({
    default: 3000,
    min: 0,
    max: HOUR,
    why: "How long the program must run to count as started; one that ends before refuses a release.",
  }),
  gracefulTimeout: milliseconds({
    default: 60_000,
    min: 0,
    max: 24 * HOUR,
    why: "How long jobs in hand may take to finish at a TERM; Docker waits 10 s longer.",
  }),
  state: path({
    default: ".jobs",
    why: "The folder that keeps which scheduled times have had their run.",
  }),
  adminHost: host("The address of the read-only admin port."),
  adminPort: integer({
    default: 0,
    min: 0,
    max: 65_535,
    why: "The admin port: /livez, /readyz, /metrics, /status; 0: none.",
  }),
  adminSocket: optionalPath(
    "A Unix socket with the same pages, for the container's own health check.",
  ),
});

export type JobsSettings = Values<typeof jobsSettings>;
