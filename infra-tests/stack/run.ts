import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

/**
 * Runs a program and shows what it writes; its exit code. An interruption of the run ends the
 * program, and is thrown when it has ended.
 */
export async function run(program: string, parameters: readonly string[]): Promise<number> {
  interruption.throwIfAborted();
  const child = spawn(program, parameters, { stdio: ["ignore", "inherit", "inherit"] });
  const end = () => child.kill("SIGTERM");
  interruption.addEventListener("abort", end);
  try {
    const [code] = await once(child, "exit");
    interruption.throwIfAborted();
    return code ?? 1;
  } finally {
    interruption.removeEventListener("abort", end);
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const controller = new AbortController();

/** Somebody wants the run to end: its exit code is the one that a shell would show. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super(`${signal}: cleaning up`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Aborts, with an Interruption, at the first signal that ends this process; the next one does. */
export const interruption: AbortSignal = controller.signal;

for (const signal of signals) {
  // Not `once`: signal-exit, deep in testcontainers, raises a signal that has no other listener left.
  process.on(signal, () => {
    const interrupted = new Interruption(signal);
    if (interruption.aborted) process.exit(interrupted.exitCode);
    controller.abort(interrupted);
  });
}
