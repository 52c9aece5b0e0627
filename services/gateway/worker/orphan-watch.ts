import { Worker } from "node:worker_threads";

/** Milliseconds. */
const ROUND = 500;

/**
 * Ends this process soon after its parent has gone, whatever its event loop is doing: a thread of
 * its own looks, since neither a loop that spins nor one that waits would notice in time, and Node
 * offers no signal at a parent's death.
 */
export function endWithParent(): void {
  // As a script: a module of its own would have to be compiled in every worker.
  const script = `(${watch})(${process.ppid}, ${ROUND})`;
  new Worker(script, {
    eval: true,
    execArgv: [],
    // It holds a number and a timer.
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  }).unref();
}

function watch(parent: number, round: number): void {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, round);
}
