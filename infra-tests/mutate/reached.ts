import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Preloaded into each test process (stryker.ts). StrykerJS's runner knows only the mutants that the
 * test's own process reaches, and never runs the others. So in the first run, the one without a
 * change, the processes that a test starts write down what they reach, and the test's process adds
 * it to its own. Each number is written at once, because tests kill their processes.
 */
interface Coverage {
  readonly static: Record<string, number>;
  readonly perTest: Record<string, never>;
}

declare global {
  /** The name that the instrumented code uses. */
  var __stryker__: { mutantCoverage?: Coverage } | undefined;
}

const { REACHED_FILE: file, NODE_OPTIONS: others = "" } = process.env;

if (process.env.STRYKER_DRY_RUN === "true") {
  if (file === undefined) gather(resolve(`stryker-reached-${process.pid}.txt`));
  else globalThis.__stryker__ = { mutantCoverage: { static: writingTo(file), perTest: {} } };
}

/** In the test's process: what the processes below it reach is reached by this test. */
function gather(own: string): void {
  process.env.REACHED_FILE = own;
  process.env.NODE_OPTIONS = `${others} --require=${import.meta.filename}`;
  process.on("exit", () => {
    if (!existsSync(own)) return;
    globalThis.__stryker__ ??= {};
    globalThis.__stryker__.mutantCoverage ??= { static: {}, perTest: {} };
    const counts = globalThis.__stryker__.mutantCoverage.static;
    for (const mutant of readFileSync(own, "utf8").split("\n")) {
      if (mutant !== "") counts[mutant] = (counts[mutant] ?? 0) + 1;
    }
    rmSync(own);
  });
}

/** Counts that are written to a file when they are first set. */
function writingTo(path: string): Record<string, number> {
  return new Proxy<Record<string, number>>(
    {},
    {
      set(counts, mutant, count) {
        if (!(mutant in counts)) appendFileSync(path, `${String(mutant)}\n`);
        return Reflect.set(counts, mutant, count);
      },
    },
  );
}
