import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root, secretFile } from "../stack/clone.ts";
import type { Stack } from "../stack/stack.ts";
import { prepareStories, STORIES } from "../stack/stories.ts";
import { imageOf, runTool } from "../stack/tool.ts";
import { reportPage } from "./report/page.ts";
import { readSeries } from "./report/series.ts";
import { readSummary, type Summary, verdictsOf } from "./report/summary.ts";
import { factorAt, isSuite, type Shape, type Suite, secondsOf, shapes } from "./script/shapes.ts";

/** k6's exit code for a crossed threshold. */
const CROSSED = 99;

interface Load {
  readonly suite: Suite;
  readonly rate: number;
  readonly duration: string;
}

/** The values of SUITE, RATE and DURATION. @throws Error that says what is allowed */
export function loadOf(environment: Readonly<Record<string, string | undefined>>): Load {
  const suite = environment.SUITE || "smoke";
  if (!isSuite(suite)) {
    throw new Error(`SUITE=${suite}: there are ${Object.keys(shapes).join(", ")}`);
  }
  const rate = Number(environment.RATE || shapes[suite].rate);
  if (!(rate > 0 && rate <= 10_000)) {
    throw new Error(`RATE=${environment.RATE}: journeys a second, more than 0, at most 10000`);
  }
  const duration = environment.DURATION || shapes[suite].duration;
  if (!secondsOf(duration)) throw new Error(`DURATION=${duration}: expected 90s, 5m or 1h30m`);
  return { suite, rate, duration };
}

/** Runs the application's journeys on a running stack and writes `reports/load`. @returns the exit code */
export async function applicationLoad(stack: Stack): Promise<number> {
  const chosen = loadOf(process.env);
  await prepareStories(stack);
  return await load(stack, chosen, "load", { "/load/stories": join(STORIES, "load") });
}

/** The same with the journeys to the echo application, and `reports/load-edge`. */
export async function edgeLoad(stack: Stack): Promise<number> {
  return await load(stack, loadOf(process.env), "load-edge", {});
}

async function load(
  stack: Stack,
  { suite, rate, duration }: Load,
  reports: string,
  stories: Readonly<Record<string, string>>,
): Promise<number> {
  const began = new Date();
  const code = await runTool(stack, {
    image: imageOf("K6_IMAGE"),
    command: ["run", "--quiet", "--out", `csv=/reports/${suite}.csv`, "/load/main.ts"],
    environment: {
      SUITE: suite,
      RATE: String(rate),
      DURATION: duration,
      SSL_CERT_FILE: "/run/ca.crt",
      K6_NO_USAGE_REPORT: "true",
      K6_AUTO_EXTENSION_RESOLUTION: "false",
      K6_CSV_TIME_FORMAT: "unix_milli",
    },
    mounts: {
      "/load": join(import.meta.dirname, "script"),
      ...stories,
      "/run/ca.crt": secretFile("ca.crt"),
    },
    reports,
  });
  if (code !== 0 && code !== CROSSED) return code;
  const summary = readSummary(join(root, `reports/${reports}/${suite}.json`));
  const file = await writeReport({ suite, rate, duration }, reports, began, summary);
  process.stdout.write(`the report: ${file}\n`);
  const seconds = secondsOf(duration) ?? 0;
  const progress = summary.state.testRunDurationMs / 1000 / seconds;
  return exitCodeOf(shapes[suite], code, progress);
}

/**
 * The exit code of a run by that of k6. A suite that looks for the breaking point passes if it broke
 * late enough.
 * @param progress the share of the planned duration after which the run ended
 */
export function exitCodeOf(shape: Shape, code: number, progress: number): number {
  if (code !== CROSSED || shape.breaksAfter === undefined) return code;
  return factorAt(shape, progress) >= shape.breaksAfter ? 0 : code;
}

async function writeReport(
  { suite, rate, duration }: Load,
  reports: string,
  when: Date,
  summary: Summary,
): Promise<string> {
  const file = (extension: string) => join(root, `reports/${reports}/${suite}.${extension}`);
  const series = await readSeries(file("csv"));
  // Hundreds of megabytes after a long run, and the page has what matters.
  await rm(file("csv"));
  const settings = `${rate} journeys a second, ${duration}, with k6 in a container beside the stack.`;
  const page = reportPage({ suite, why: shapes[suite].why, settings, when, summary, series });
  await writeFile(file("html"), page);
  for (const { ok, metric, rule, measured } of verdictsOf(summary)) {
    process.stdout.write(`${ok ? "held   " : "CROSSED"}  ${metric} ${rule}: ${measured}\n`);
  }
  return file("html");
}
