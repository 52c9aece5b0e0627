import { type ChildProcess, fork } from "node:child_process";
import { join, resolve } from "node:path";
import type { NextFile, Notice } from "./messages.ts";

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
  let worker: Worker | undefined;
  let last: string | undefined;
  const failedAfterwards = (end: string) =>
    results.failures.push(`${last}\nafter its last test its process ended: ${end}`);
  for (let file = next(); file !== undefined; file = next()) {
    let fault = await worker?.run(file, results, fileTime);
    if (fault === "not sent" && worker !== undefined) {
      failedAfterwards(await worker.ended);
      worker = undefined;
    }
    if (worker === undefined) {
      worker = new Worker();
      fault = await worker.run(file, results, fileTime);
    }
    if (fault !== undefined) {
      results.failures.push(`${file}\n${fault}`);
      worker = undefined;
    }
    last = file;
  }
  const end = await worker?.end();
  if (end !== undefined) failedAfterwards(end);
}

/** A process that runs files. */
class Worker {
  readonly #process: ChildProcess;
  /** How it ended. What it has sent has arrived by then. */
  readonly ended: Promise<string>;
  #hasFailures = false;

  constructor() {
    const options = [`--test-reporter=${REPORTER}`, "--test-reporter-destination=stdout"];
    // Where `node --test` started this process, the worker would report to it.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    this.#process = fork(WORKER, {
      execArgv: options,
      env,
      // Code that looks at process.stdin would open it, if it were a pipe.
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    // How it ended says more.
    this.#process.on("error", () => undefined);
    const exited = new Promise<string>((ended) => {
      this.#process.once("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
    });
    // What it has sent arrives before "disconnect", but maybe after "exit".
    const disconnected = new Promise((done) => this.#process.once("disconnect", done));
    this.ended = disconnected.then(() => exited);
  }

  /** @returns why the process can run no other file; "not sent" if it had ended before this one */
  async run(file: string, results: Results, fileTime: number): Promise<string | undefined> {
    let current = file;
    const { promise, resolve: finish } = Promise.withResolvers<string | undefined>();
    const listen = (notice: Notice) => {
      if (notice.type === "begins") current = notice.test;
      else {
        if (notice.type === "ended") results.tests++;
        if (notice.failure !== undefined) {
          results.failures.push(`${file}\n${notice.failure}`);
          this.#hasFailures = true;
        }
        if (notice.type === "done") finish(undefined);
      }
    };
    const faulty = (fault: string) =>
      finish(`${fault}\nthe last test that was seen to begin: ${current}`);
    const timer = setTimeout(() => {
      this.#process.kill("SIGKILL");
      faulty(`it did not end within ${fileTime / 1000} s`);
    }, fileTime);
    this.#process.on("message", listen);
    this.#process.send({ file: resolve(file) } satisfies NextFile, (error) => {
      if (error !== null) finish("not sent");
    });
    void this.ended.then((end) => faulty(`the process of the tests ended by itself: ${end}`));
    const fault = await promise;
    clearTimeout(timer);
    this.#process.off("message", listen);
    return fault;
  }

  /**
   * Each file has been found to leave nothing but timers, which are not waited for.
   * @returns how the process ended, if that is a fault
   */
  async end(): Promise<string | undefined> {
    this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_TIME);
    const end = await this.ended;
    clearTimeout(timer);
    // Node's own code for tests that failed.
    const isUsual = this.#process.killed || end === "exit code 0";
    return isUsual || (this.#hasFailures && end === "exit code 1") ? undefined : end;
  }
}
