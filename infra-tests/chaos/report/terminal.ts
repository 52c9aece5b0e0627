import type { Outcome } from "../outcome.ts";

/** A fault's outcome as lines for the terminal. */
export function line({ fault, verdict }: Outcome): string {
  const { evidence, sent, failed, recovered, p99, slowest, missed } = verdict;
  const counts = Object.entries(failed).map(([kind, count]) => `${count} ${kind}`);
  const failures = counts.length === 0 ? "0 failed" : `failed: ${counts.join(", ")}`;
  const head = missed.length === 0 ? "held  " : "MISSED";
  const times = `p99 ${p99} ms, slowest ${slowest} ms, recovered in ${recovered.toFixed(1)} s`;
  const reasons = missed.map((reason) => `\n        ${reason}`).join("");
  const shown = evidence === undefined ? "" : `\n        seen: ${evidence}`;
  return `${head}  ${fault.name.padEnd(27)} ${failures} of ${sent}; ${times}${shown}${reasons}`;
}
