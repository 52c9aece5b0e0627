import { Problem } from "../problem.ts";
import type { Check, Finding, Ground } from "./finding.ts";

/** A finding beside the name of the check that made it. */
export interface Row {
  readonly name: string;
  /** undefined where the check was passed over, because another one that it needs has failed. */
  readonly finding: Finding | undefined;
  readonly needs: string;
}

/** Runs checks in their order; a check whose ground is missing is passed over. */
export async function examine(ground: Ground, checks: readonly Check[]): Promise<Row[]> {
  const failed = new Set<string>();
  const rows: Row[] = [];
  for (const { name, needs, check } of checks) {
    const missing = needs.find((need) => failed.has(need));
    if (missing !== undefined) {
      rows.push({ name, finding: undefined, needs: missing });
      continue;
    }
    for (const finding of await check(ground)) {
      if (!finding.ok) failed.add(name);
      rows.push({ name, finding, needs: "" });
    }
  }
  return rows;
}

/** All problems among the rows as one Problem, a line each; undefined if there is none. */
export function problemOf(rows: readonly Row[]): Problem | undefined {
  const problems = rows.flatMap(({ finding }) => (finding?.ok === false ? [finding] : []));
  const [first] = problems;
  if (first === undefined) return undefined;
  return new Problem(problems.map(({ text }) => text).join("\n"), first.exitCode);
}

/** Runs checks and throws what they found wrong. @throws Problem */
export async function insist(ground: Ground, checks: readonly Check[]): Promise<void> {
  const problem = problemOf(await examine(ground, checks));
  if (problem !== undefined) throw problem;
}
