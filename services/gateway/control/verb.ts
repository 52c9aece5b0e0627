/** What a verb did, as one line, or why it failed; `detail` is the application's own words. */
export interface VerbResult {
  readonly ok: boolean;
  readonly told: string;
  readonly detail?: string;
}

/** The verbs; each resolves with its result, or rejects with the reason why it failed. */
export type Verbs = Readonly<Record<Verb, (operand: number) => Promise<string>>>;

export const VERBS = ["status", "reload", "scale", "drain", "kill", "dump"] as const;
export type Verb = (typeof VERBS)[number];

export function isVerb(word: string | undefined): word is Verb {
  return VERBS.some((verb) => verb === word);
}
