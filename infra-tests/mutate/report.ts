import { REASONS } from "./reasons.ts";
import type { Verdict } from "./stryker.ts";

/** Percent of the mutants that the tests have to notice. */
const LEAST = 85;

export interface Report {
  readonly text: string;
  readonly passed: boolean;
}

/**
 * Says per part how many mutants were noticed, then lists those that took too long, those that no
 * test could begin with, and those that no test noticed. A timeout counts as noticed; a mutant that no
 * test reaches does not.
 */
export function reportOn(verdicts: readonly Verdict[], seed: number): Report {
  const tested = verdicts.filter(({ status }) => !INVALID.has(status));
  const lines = [`seed ${seed}`, "", "part            mutants  killed  timeout  survived  score"];
  for (const part of new Set(tested.map(({ part }) => part))) {
    lines.push(
      row(
        part,
        tested.filter((verdict) => verdict.part === part),
      ),
    );
  }
  lines.push(row("all", tested), "");
  const late = tested.filter(({ status }) => status === "Timeout");
  if (late.length > 0) lines.push("Took too long:", ...late.map(sentence), "");
  const invalid = verdicts.filter(({ status }) => INVALID.has(status));
  if (invalid.length > 0) {
    lines.push("Not counted, since no test could even begin:", ...invalid.map(sentence), "");
  }
  const survivors = tested.filter(survived);
  if (survivors.length > 0) {
    lines.push("Survived:");
    for (const survivor of survivors) {
      lines.push(sentence(survivor), `    ${REASONS.get(keyOf(survivor)) ?? "NO REASON YET"}`);
    }
  }
  return { text: lines.join("\n"), passed: score(tested) >= LEAST };
}

/** What ended before the first test: a crash, not a verdict of the tests. */
const INVALID: ReadonlySet<string> = new Set(["CompileError", "RuntimeError", "Ignored"]);

function survived({ status }: Verdict): boolean {
  return status === "Survived" || status === "NoCoverage";
}

function score(verdicts: readonly Verdict[]): number {
  const killed = verdicts.filter((verdict) => !survived(verdict)).length;
  return verdicts.length === 0 ? 0 : (100 * killed) / verdicts.length;
}

function row(name: string, verdicts: readonly Verdict[]): string {
  const count = (wanted: (verdict: Verdict) => boolean) => verdicts.filter(wanted).length;
  return [
    name.padEnd(15),
    String(verdicts.length).padStart(7),
    String(count(({ status }) => status === "Killed")).padStart(7),
    String(count(({ status }) => status === "Timeout")).padStart(8),
    String(count(survived)).padStart(9),
    `${score(verdicts).toFixed(1)} %`.padStart(8),
  ].join(" ");
}

/** The same change in the next sample: lines move, its text stays. */
export function keyOf({ file, original, replacement }: Verdict): string {
  return `${file}: ${flat(original)} -> ${flat(replacement)}`;
}

function sentence(verdict: Verdict): string {
  const { file, line, mutator, original, replacement, status } = verdict;
  return `  ${file}:${line} ${mutator} ${status}: ${flat(original)} -> ${flat(replacement)}`;
}

function flat(code: string): string {
  const text = code.replace(/\s+/g, " ").trim();
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
