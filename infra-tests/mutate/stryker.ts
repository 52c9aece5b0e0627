import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { schema } from "@stryker-mutator/api/core";
import type { Part } from "./parts.ts";
import { mutateEntry, type Piece } from "./sample.ts";

const REACHED = join(import.meta.dirname, "reached.ts");

/** What became of one mutant. */
export interface Verdict {
  readonly part: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly mutator: string;
  readonly original: string;
  readonly replacement: string;
  readonly status: schema.MutantStatus;
}

/** Milliseconds that a test may wait for a line of a process that it has started. */
const TEST_DEADLINE = 10_000;

/** Milliseconds that a mutant may take beyond one and a half times the tests' usual time. */
const EXTRA_TIME = 10_000;

/**
 * Tests the mutants of a part with StrykerJS.
 * @param folder a copy of the checkout, which is instrumented in place: the packages of the workspace
 *   are reached by links, and a sandbox of StrykerJS's would follow them back to unchanged code
 * @throws Error where the tests fail without any change, or StrykerJS itself does
 */
export async function testMutants(
  folder: string,
  part: Part,
  pieces: readonly Piece[],
  concurrency: number,
): Promise<Verdict[]> {
  const report = "mutation.json";
  const configuration = {
    mutate: pieces.map(mutateEntry),
    inPlace: true,
    testRunner: "tap",
    plugins: ["@stryker-mutator/tap-runner"],
    tap: {
      testFiles: part.tests,
      // reached.ts stands first: at the exit it must be before StrykerJS's own hook.
      nodeArgs: [`--require=${REACHED}`, "-r", "{{hookFile}}", "--test-reporter=tap"],
      forceBail: false,
    },
    coverageAnalysis: "perTest",
    concurrency,
    timeoutMS: EXTRA_TIME,
    dryRunTimeoutMinutes: 10,
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: report },
    checkers: [],
    allowEmpty: false,
    disableTypeChecks: false,
    thresholds: { high: 100, low: 0, break: null },
  };
  await writeFile(join(folder, "stryker.config.json"), JSON.stringify(configuration, null, 2));
  await stryker(folder);
  const result: schema.MutationTestResult = JSON.parse(
    await readFile(join(folder, report), "utf8"),
  );
  return Object.entries(result.files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({
      part: part.name,
      file,
      line: mutant.location.start.line,
      mutator: mutant.mutatorName,
      original: textAt(source, mutant.location),
      replacement: mutant.replacement ?? "",
      status: mutant.status,
    })),
  );
}

function stryker(cwd: string): Promise<void> {
  return new Promise((done, failed) => {
    const program = join(cwd, "node_modules/.bin/stryker");
    const child = spawn(process.execPath, [program, "run", "stryker.config.json"], {
      cwd,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, TEST_DEADLINE: String(TEST_DEADLINE) },
    });
    child.on("error", failed);
    child.on("exit", (code) => {
      if (code === 0) done();
      else failed(new Error(`StrykerJS ended with ${code}: see the lines above`));
    });
  });
}

/** The report counts lines and columns from 1. */
function textAt(source: string, { start, end }: schema.Location): string {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] ?? "").slice(0, end.column - 1);
  lines[0] = (lines[0] ?? "").slice(start.column - 1);
  return lines.join("\n");
}
