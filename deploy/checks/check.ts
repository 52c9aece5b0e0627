import type { Clone } from "../clone.ts";
import type { Environment } from "../env/environment.ts";
import { Problem } from "../problem.ts";

/** One result of a check. A problem says what is wrong and how to fix it, in one line. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
  /** It stops nothing, but the operator should know. */
  readonly warns?: boolean;
  /** The exit code for a problem: 78 for a setting, 69 for a missing service. */
  readonly exitCode: number;
}

export function good(text: string): Finding {
  return { ok: true, text, exitCode: 0 };
}

export function bad(text: string, exitCode = 1): Finding {
  return { ok: false, text, exitCode };
}

export function warning(text: string): Finding {
  return { ok: true, warns: true, text, exitCode: 0 };
}

/** What every check receives. */
export interface Subject {
  readonly clone: Clone;
  readonly environment: Environment;
}

export interface Check {
  readonly name: string;
  /** The checks that must succeed before this one can run. */
  readonly needs: readonly string[];
  readonly check: (subject: Subject) => Promise<readonly Finding[]>;
}

/** A finding and the name of its check; `ok` is undefined if the check was skipped. */
export interface Row extends Omit<Finding, "ok"> {
  readonly name: string;
  readonly ok: boolean | undefined;
}

/** Runs checks in order. A check is skipped if one that it needs has failed. */
export async function runChecks(subject: Subject, checks: readonly Check[]): Promise<Row[]> {
  const failed = new Set<string>();
  const rows: Row[] = [];
  for (const { name, needs, check } of checks) {
    const failedNeed = needs.find((need) => failed.has(need));
    if (failedNeed !== undefined) {
      const text = `not checked: fix the ${failedNeed} first`;
      rows.push({ name, ok: undefined, text, exitCode: 0 });
      continue;
    }
    for (const finding of await check(subject)) {
      if (!finding.ok) failed.add(name);
      rows.push({ name, ...finding });
    }
  }
  return rows;
}

/** Runs checks. @throws Problem with a line for each problem, and the exit code of the first */
export async function requireChecks(subject: Subject, checks: readonly Check[]): Promise<void> {
  const problems = (await runChecks(subject, checks)).filter(({ ok }) => ok === false);
  if (problems.length === 0) return;
  throw new Problem(problems.map(({ text }) => text).join("\n"), problems[0]?.exitCode);
}
