import { readFile } from "node:fs/promises";
import { bench } from "./bench.ts";
import { exitWith } from "./command.ts";
import { readOptions, readTolerance } from "./options.ts";
import { RECORDED } from "./record.ts";
import { compare } from "./regressions.ts";
import type { Results } from "./results.ts";

/**
 * `make bench-check [TOLERANCE=25]` measures a few rows shortly and compares their ratios with the recorded
 * ones: a ratio holds on another machine, a time does not. Exit code 1 if one is worse.
 */
const SHORT = {
  chains: ["ours", "twin", "pm2"],
  pages: ["plain", "asset"],
  rounds: 3,
  seconds: 3,
  waits: false,
  logs: ["on"],
} as const;

try {
  const recorded: Results = JSON.parse(await readFile(RECORDED, "utf8"));
  const tolerance = readTolerance(process.env);
  const today = await bench(readOptions(process.env, SHORT));
  for (const { name, recorded: before, today: now, worse } of compare(recorded, today, tolerance)) {
    const verdict = worse
      ? `WORSE than ${before.toFixed(2)} by more than`
      : `${before.toFixed(2)} within`;
    process.stdout.write(`${name}: ${now.toFixed(2)}, ${verdict} ${tolerance * 100} %\n`);
    if (worse) process.exitCode = 1;
  }
} catch (error) {
  exitWith(error);
}
