import type { StuckReason } from "@gatehouse/processes";
import { Cgroup } from "./cgroup.ts";

/** Why the primary killed a worker itself. */
export type KillReason = StuckReason | "graceful timeout" | "quick stop" | "killed by the operator";

/** How a worker ended, for the log, the metrics and the hooks. */
export interface Ending {
  readonly cause: KillReason | "out of memory" | "signal" | "exit code" | "boot failed" | "retired";
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason: string | undefined;
}

interface Evidence {
  readonly code: number | null;
  readonly signal: string | null;
  readonly killedFor: KillReason | undefined;
  /** The primary had sent `retire`. */
  readonly retired: boolean;
  /** The application's error, where it did not start. */
  readonly failure: string | undefined;
  readonly stderr: string;
  /** The gateway's; 0 where it is not known. */
  readonly port: number;
}

const cgroup = new Cgroup();
let killsBefore = cgroup.outOfMemoryKills();

/** The cause of an ending, which code and signal alone do not show. */
export function endingOf(evidence: Evidence): Ending {
  const { code, signal, killedFor, failure, stderr } = evidence;
  const taken = portTaken(evidence);
  const end = (cause: Ending["cause"], reason: string | undefined): Ending => {
    return { cause, code, signal, reason: reason === undefined ? taken : reason + (taken ?? "") };
  };
  if (killedFor === "too slow to start") return end(killedFor, failure ?? lastLine(stderr));
  if (killedFor !== undefined) return end(killedFor, failure);
  if (evidence.retired && hasEnded(code, signal)) return end("retired", undefined);
  if (failure !== undefined) return end("boot failed", failure);
  if (/JavaScript heap out of memory|Zone Allocation failed/.test(stderr)) {
    return end("out of memory", "V8's heap reached its limit (--max-old-space-size)");
  }
  if (signal === "SIGKILL") {
    const reason = "killed by the kernel: the control group's memory limit was reached";
    return killedByKernel() ? end("out of memory", reason) : end("signal", "killed from outside");
  }
  if (signal !== null) return end("signal", lastLine(stderr));
  return end("exit code", lastLine(stderr));
}

/** An application ends itself at TERM by such a code too (128 and the signal), or by the signal. */
function hasEnded(code: number | null, signal: string | null): boolean {
  return code === 0 || code === 130 || code === 143 || signal === "SIGTERM";
}

/**
 * That the application wanted the gateway's port. Its own process gets it without opening it; another
 * process, a thread and native code do not.
 */
function portTaken({ stderr, failure = "", port, retired }: Evidence): string | undefined {
  const wanted = `${failure}\n${stderr}`
    .split("\n")
    .some((line) => line.includes("EADDRINUSE") && line.split(/\D/).includes(String(port)));
  if (retired || port === 0 || !wanted) return undefined;
  return `; port ${port} is the gateway's: one server of the main module's own thread gets it, none of a process or a thread that this starts: name the module that calls listen() itself`;
}

function killedByKernel(): boolean {
  const kills = cgroup.outOfMemoryKills();
  const more = kills !== undefined && killsBefore !== undefined && kills > killsBefore;
  killsBefore = kills;
  return more;
}

/** The line of an uncaught error, or else the last line. */
function lastLine(stderr: string): string | undefined {
  const lines = stderr.split("\n").filter((line) => /\S/.test(line));
  return lines.find((line) => /^(\w*Error|Uncaught)\b/.test(line)) ?? lines.at(-1);
}
