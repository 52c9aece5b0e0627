/**
 * When an object is applied: before a release is rolled out (its Jobs, and what they need), or with it.
 * `kubectl apply --selector gatehouse/step=before` takes the first alone.
 */
export type Step = "before" | "rollout";

export const STEP = "gatehouse/step";
const NAME = "app.kubernetes.io/name";
const PART_OF = { "app.kubernetes.io/part-of": "gatehouse" };

/** The labels of a tier's pods that nothing else has: what selects them. */
export const selectorOf = (tier: string) => ({ [NAME]: tier, ...PART_OF });

/** Selects every pod of this project in the namespace. */
export const allPods = { matchLabels: PART_OF };

export const podsOf = (tier: string) => ({ matchLabels: selectorOf(tier) });

/** The pods of several tiers. */
export const podsOfAny = (tiers: readonly string[]) => ({
  matchLabels: PART_OF,
  matchExpressions: [{ key: NAME, operator: "In", values: [...tiers] }],
});

/** The metadata of an object of a tier. */
export const metadata = (name: string, step: Step, tier = name) => ({
  name,
  labels: { ...selectorOf(tier), [STEP]: step },
});
