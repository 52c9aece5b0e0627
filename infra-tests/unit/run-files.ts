import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import type { Notice, Order } from "./messages.ts";

/** A file that takes longer hangs. */
const FILE_TIME = 120_000;
/** For the end of a process, in ms. */
const END_TIME = 2_000;

const WORKER = join(import.meta.dirname, "worker.ts");
const REPORTER = join(import.meta.dirname, "reporter.ts");

export interface Results {
  tests: number;
  /** Each begins with a file. */
  readonly failures: string[];
}

/**
 * Runs files one after the other in one process, and in a new one after a crash.
 * @param next the next file; undefined: there is none
 * @param fileTime for each file, in ms
 */
export async function runFiles(
  next: () => string | undefined,
  results: Results,
  fileTime = FILE_TIME,
): Promise<void> {
  let worker: ChildProcess | undefined;
  for (let file = next(); file !== undefined; file = next()) {
    worker ??= start();
    if (!(await runFile(worker, file, results, fileTime))) worker = undefined;
  }
  if (worker !== undefined) await end(worker);
}

function start(): ChildProcess {
  const options = [`--test-reporter=${REPORTER}`, "--test-reporter-destination=stdout"];
  // Where `node --test` started this process, the worker would report to it.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  // Who looks at process.stdin would open it, if it were a pipe.
  return fork(WORKER, { execArgv: options, env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

/** @returns whether the worker can run another file */
async function runFile(worker: ChildProcess, file: string, results: Results, fileTime: number) {
  let current = file;
  const { promise, resolve: finish } = Promise.withResolvers<string | undefined>();
  const listen = (notice: Notice) => {
    if (notice.type === "begins") current = notice.test;
    else {
      if (notice.type === "ended") results.tests++;
      if (notice.failure !== undefined) results.failures.push(`${file}\n${notice.failure}`);
      if (notice.type === "done") finish(undefined);
    }
  };
  const exited = (code: number | null, signal: string | null) =>
    finish(`the process of the tests ended by itself: ${signal ?? `exit code ${code}`}`);
  const timer = setTimeout(() => {
    worker.kill("SIGKILL");
    finish(`it did not end within ${fileTime / 1000} s`);
  }, fileTime);
  worker.on("message", listen).once("exit", exited);
  worker.send({ file: resolve(file) } satisfies Order);
  const fault = await promise;
  clearTimeout(timer);
  worker.off("message", listen).off("exit", exited);
  if (fault === undefined) return true;
  results.failures.push(`${file}\n${fault}\nthe last test that was seen to begin: ${current}`);
  return false;
}

/** Each file has been found to leave nothing but timers, which are not waited for. */
async function end(worker: ChildProcess): Promise<void> {
  worker.disconnect();
  const timer = setTimeout(() => worker.kill("SIGKILL"), END_TIME);
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, "exit");
  clearTimeout(timer);
}
