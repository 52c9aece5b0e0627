import type { Manifest } from "./manifest.ts";
import { podRules } from "./pod-rules.ts";
import type { Rule } from "./rule.ts";
import { togetherRules } from "./together-rules.ts";

/** Those of kube-score that its users value most, and what this stack has learnt. */
export const RULES: readonly Rule[] = [...podRules, ...togetherRules];

/** All breaches: "Deployment web: has no limit of cpu [requests and limits]". */
export function breaches(manifests: readonly Manifest[]): string[] {
  return RULES.flatMap(({ name, check }) => check(manifests).map((what) => `${what} [${name}]`));
}
