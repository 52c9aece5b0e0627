import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

/**
 * Runs a program on this terminal. A signal ends the program, then an Interruption is thrown.
 * @returns its exit code
 */
export async function run(program: string, parameters: readonly string[]): Promise<number> {
  interruption().throwIfAborted();
  const child = spawn(program, parameters, { stdio: ["ignore", "inherit", "inherit"] });
  const end = () => child.kill("SIGTERM");
  interruption().addEventListener("abort", end);
  try {
    const [code] = await once(child, "exit");
    interruption().throwIfAborted();
    return code ?? 1;
  } finally {
    interruption().removeEventListener("abort", end);
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let controller: AbortController | undefined;

/** A signal that ends the run. The exit code is the one that a shell shows for it. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super(`${signal}: cleaning up`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Aborts with an Interruption at the first signal. A second one ends the process. The signals are listened to from the
 * first call: a unit test that only imports this module leaves its process as it was.
 */
export function interruption(): AbortSignal {
  controller ??= listen();
  return controller.signal;
}

function listen(): AbortController {
  const listening = new AbortController();
  for (const signal of signals) {
    // Not `once`: signal-exit, a dependency of testcontainers, kills a process without another listener.
    process.on(signal, () => {
      const interrupted = new Interruption(signal);
      if (listening.signal.aborted) process.exit(interrupted.exitCode);
      listening.abort(interrupted);
    });
  }
  return listening;
}
