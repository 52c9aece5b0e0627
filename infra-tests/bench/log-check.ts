import type Docker from "dockerode";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import type { Chain } from "./chains/chain.ts";
import type { Logs } from "./options.ts";
import { UnfitChain } from "./page-check.ts";

const LINES = 100;
const WITHIN_MS = 10_000;

/**
 * Checks that both tiers of a chain have logged the requests of the page check, or that none has: a chain that
 * writes no log must not be compared with one that does.
 * @param targets the pages that were requested; the application sends none that begin with /assets/
 * @throws UnfitChain that names the chain and the tier
 */
export async function checkLogs(
  { name, tiers }: Chain,
  logs: Logs,
  targets: readonly string[],
): Promise<void> {
  const dynamic = targets.filter((target) => !target.startsWith("/assets/"));
  for (const [tier, wanted] of [
    ["edge", targets],
    ["app", dynamic],
  ] as const) {
    if (tiers[tier].length === 0 || wanted.length === 0) continue;
    const logged = () => hasLine(tiers[tier], wanted);
    const fits =
      logs === "off"
        ? !(await logged())
        : await until(`${name} has logged`, logged, { within: WITHIN_MS }).catch(() => false);
    if (fits) continue;
    const flaw = logs === "on" ? "has no line for a request" : "has lines for requests";
    throw new UnfitChain(
      `${name} is not fit to be compared: with access logs ${logs}, the log of its tier ${tier} ${flaw}`,
    );
  }
}

/** Whether one of the containers has a line with one of the targets among its last. */
async function hasLine(containers: readonly Docker.Container[], targets: readonly string[]) {
  const ends = await Promise.all(containers.map((container) => logOf(container, LINES)));
  // "/" alone is in every line: of the first page only the method tells.
  const words = targets.map((target) => (target === "/" ? "GET" : target));
  return ends.some((end) => words.some((word) => end.includes(word)));
}
