import type { Bar } from "../bars.ts";
import { CHAINS, type ChainName } from "../chains/table.ts";
import type { Results } from "../results.ts";

/** Above this load average, something else ran too. */
const QUIET = 0.5;

export function titleOf(chain: ChainName | "control"): string {
  return chain === "control" ? "an empty responder" : CHAINS[chain].title;
}

/** Where, when and how it was measured. */
export function machineLines({ machine, rounds, seconds }: Results): string[] {
  const { at, commit, changed, processors, model, memoryBytes, kernel, engine } = machine;
  const memory = (memoryBytes / 1024 ** 3).toFixed(0);
  const load = machine.loadBefore.toFixed(1);
  const quiet = machine.loadBefore <= QUIET;
  return [
    `measured ${at.slice(0, 16).replace("T", " ")} UTC at commit ${commit}${changed ? ", with changes" : ""}`,
    `load average before the run: ${load}${quiet ? "" : ": NOT a quiet machine, so these figures are rough"}`,
    `${processors} processors (${model}), ${memory} GiB, Linux ${kernel}, Docker ${engine}`,
    `${rounds} rounds of ${seconds} s`,
  ];
}

/** Products and versions of each chain. */
export function versionLines({ versions, workers }: Results): string[] {
  return (Object.keys(versions) as ChainName[]).map((name) => {
    const parts = [`${workers[name]} workers`, ...(versions[name] ?? [])];
    return `${CHAINS[name].title}: ${parts.join(", ")}`;
  });
}

/** A bar in four words: what, the limit, the value, and whether it is kept. */
export function barCells({ text, sort, limit, value, kept }: Bar): string[] {
  const verdict = kept === undefined ? "not measured" : kept ? "kept" : "MISSED";
  return [text, `${sort} ${limit}`, value === undefined ? "-" : value.toFixed(2), verdict];
}
