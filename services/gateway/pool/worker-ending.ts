import { Cgroup } from "./cgroup.ts";

/** Why the primary killed a worker itself. */
export type KillReason =
  | "stuck"
  | "too slow to start"
  | "graceful timeout"
  | "quick stop"
  | "killed by the operator";

/** How a worker ended, in the words of the log, of the metrics and of the hooks. */
export interface Ending {
  readonly cause: KillReason | "out of memory" | "signal" | "exit code" | "boot failed" | "retired";
  readonly code: number | null;
  readonly signal: string | null;
  /** The application's own words, where it had any. */
  readonly reason: string | undefined;
}

/** What is known when a process has gone. */
export interface Traces {
  readonly code: number | null;
  readonly signal: string | null;
  readonly killedFor: KillReason | undefined;
  /** The worker was asked to leave and did. */
  readonly retired: boolean;
  /** Why the application did not start, in its own words. */
  readonly failure: string | undefined;
  /** The end of what the process wrote to its standard error. */
  readonly lastWords: string;
}

const cgroup = new Cgroup();
let killsBefore = cgroup.outOfMemoryKills();

/** Tells apart what the bare exit status does not. */
export function endingOf(traces: Traces): Ending {
  const { code, signal, killedFor, failure, lastWords } = traces;
  const end = (cause: Ending["cause"], reason: string | undefined): Ending => {
    return { cause, code, signal, reason };
  };
  if (killedFor !== undefined) return end(killedFor, failure);
  if (failure !== undefined) return end("boot failed", failure);
  if (/JavaScript heap out of memory|Zone Allocation failed/.test(lastWords)) {
    return end("out of memory", "V8's heap reached its limit (--max-old-space-size)");
  }
  if (signal === "SIGKILL") {
    const reason = "killed by the kernel: the control group's memory limit was reached";
    return killedByKernel() ? end("out of memory", reason) : end("signal", "killed from outside");
  }
  if (signal !== null) return end("signal", lastLine(lastWords));
  if (traces.retired && code === 0) return end("retired", undefined);
  return end("exit code", lastLine(lastWords));
}

function killedByKernel(): boolean {
  const kills = cgroup.outOfMemoryKills();
  const more = kills !== undefined && killsBefore !== undefined && kills > killsBefore;
  killsBefore = kills;
  return more;
}

/** The line of an uncaught error, or the last line that there is. */
function lastLine(lastWords: string): string | undefined {
  const lines = lastWords.split("\n").filter((line) => /\S/.test(line));
  return lines.find((line) => /^(\w*Error|Uncaught)\b/.test(line)) ?? lines.at(-1);
}
