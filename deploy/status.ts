import { setTimeout as pause } from "node:timers/promises";
import { openClone } from "./clone.ts";
import { projectOf, readEnvironment, valuesOf } from "./env/environment.ts";
import { print, printable } from "./print.ts";
import { Problem, runCommand, UNAVAILABLE_EXIT_CODE } from "./problem.ts";
import { ChainReader } from "./status/chain.ts";
import { screenOf } from "./status/screen.ts";

/** Overwrites the screen line by line: a cleared one would flicker. */
const HOME = "\x1b[H";
const CLEAR = "\x1b[2J";
const CLEAR_LINE = "\x1b[K\n";
const CLEAR_BELOW = "\x1b[J";

/** Rates need two readings: the time between the first two, and of ONCE=1, in milliseconds. */
const FIRST_PAUSE = 1000;

/** Shows the chain until it is interrupted; with ONCE=1, or without a terminal, once. */
await runCommand(async () => {
  const clone = openClone();
  const environment = await readEnvironment(clone);
  const every = Number(process.env.EVERY ?? 2) * 1000;
  if (!(every >= 500 && every <= 60_000)) {
    throw new Problem(`EVERY="${process.env.EVERY}": expected seconds from 0.5 to 60`);
  }
  const project = projectOf(clone, environment);
  const once = process.env.ONCE === "1" || !process.stdout.isTTY;
  const reader = new ChainReader(project, valuesOf(environment));
  try {
    for (let shown = 0; ; shown++) {
      const chain = await reader.read();
      if (chain === undefined) {
        throw new Problem(
          `the stack ${project} does not run: make up starts it`,
          UNAVAILABLE_EXIT_CODE,
        );
      }
      if (!once) overwrite(screenOf(chain, process.stdout.columns || undefined), shown === 0);
      else if (shown === 1) return print(screenOf(chain, Infinity));
      await pause(shown === 0 ? FIRST_PAUSE : every);
    }
  } finally {
    reader.end();
  }
});

function overwrite(screen: string, first: boolean): void {
  const text = printable(screen).replaceAll("\n", CLEAR_LINE);
  process.stdout.write(`${first ? CLEAR : ""}${HOME}${text}${CLEAR_BELOW}`);
}
