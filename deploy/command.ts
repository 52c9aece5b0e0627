import { spawn } from "node:child_process";
import { constants } from "node:os";

export interface CommandOptions {
  /** Working directory; default: the caller's. */
  readonly cwd?: string;
  /** Variables added to this process's environment; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another user and group to run it as; only root may. */
  readonly uid?: number;
  readonly gid?: number;
  /** Text for standard input; without it standard input is empty. */
  readonly input?: string;
  /** Milliseconds after which the command and its children are killed (code 124); default: none. */
  readonly timeout?: number;
  /** Also copies the output to this process's own streams while it runs. */
  readonly stream?: boolean;
  /** The command uses this process's terminal, standard input included; nothing is captured. */
  readonly interactive?: boolean;
}

export interface CommandResult {
  /** Exit code; 124 after a timeout, 127 if there is no such program, 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order of their arrival, for messages after a failure. */
  readonly output: string;
}

/** With VERBOSE=1, long commands show their output while they run. */
export const VERBOSE = process.env.VERBOSE === "1";

/**
 * Runs a program to its end, without a shell. Never rejects: a missing program and a failure are
 * results too. A TERM or Ctrl-C that this process receives meanwhile is passed on to the program, and
 * ends this process after the program has ended: no other one is started then. So work that runs programs to
 * clean up holds an `Interruption`, which takes the signal.
 */
export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  if (interruption !== undefined && !isTaken(interruption)) {
    // The signal ends this process, and the program would go on after it.
    const code = exitCodeOf(interruption);
    return Promise.resolve({ code, stdout: "", stderr: "", output: "" });
  }
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const interactive = options.interactive === true;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
    stdio: interactive ? "inherit" : "pipe",
    // Its own process group, so that a timeout also ends what the program has started.
    detached: !interactive,
  });
  const captured = { stdout: "", stderr: "", output: "" };
  let timedOut = false;
  let interrupted: NodeJS.Signals | undefined;

  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(interactive ? child.pid : -child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const expire = (): void => {
    timedOut = true;
    kill("SIGKILL");
  };
  const timer = options.timeout && setTimeout(expire, options.timeout);
  const interrupt = (signal: NodeJS.Signals): void => {
    interrupted = signal;
    kill(signal);
  };
  const program = { kill, interrupt };
  running.add(program);
  if (running.size === 1) process.on("SIGINT", passOn).on("SIGTERM", passOn);

  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      captured[name] += text;
      captured.output += text;
      if (options.stream === true) process[name].write(text);
    });
  }
  // A program that does not read its input would cause an EPIPE here.
  child.stdin?.on("error", () => {}).end(options.input ?? "");

  const finish = (code: number): void => {
    clearTimeout(timer);
    // Some programs exit with another code after a signal.
    const ownCode = interrupted === undefined || code === 0 ? code : exitCodeOf(interrupted);
    resolve({ code: ownCode, ...captured });
    running.delete(program);
    if (running.size > 0) return;
    process.off("SIGINT", passOn).off("SIGTERM", passOn);
    const signal = interruption;
    if (signal === undefined) return;
    if (isTaken(signal)) {
      interruption = undefined;
    } else {
      // The caller cleans up first.
      setImmediate(() => process.kill(process.pid, signal));
    }
  };
  child.once("error", (error: NodeJS.ErrnoException) => {
    captured.stderr += error.message;
    captured.output += error.message;
    finish(error.code === "ENOENT" ? 127 : 126);
  });
  child.once("close", (code, signal) => {
    if (timedOut) return finish(124);
    finish(code ?? (signal === null ? 128 : exitCodeOf(signal)));
  });
  return promise;
}

/** Sends TERM to every program that runs. Their results are failures. */
export function endPrograms(): void {
  for (const { kill } of running) kill("SIGTERM");
}

/** The exit code of a process that a signal has ended, as shells report it. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The last line of a program's output, which often is its reason; "" if there is none. */
export function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}

/** How each program that runs is sent a signal: one of ours, or one that this process has received. */
const running = new Set<{
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly interrupt: (signal: NodeJS.Signals) => void;
}>();
let interruption: NodeJS.Signals | undefined;

function passOn(signal: NodeJS.Signals): void {
  interruption = signal;
  for (const { interrupt } of running) interrupt(signal);
}

/** Whether something else listens for a signal: then it does not end this process, and may run programs for it. */
function isTaken(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).some((listener) => listener !== passOn);
}
