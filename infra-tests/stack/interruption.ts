import { constants } from "node:os";

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
