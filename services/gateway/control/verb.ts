export const VERBS = ["status", "reload", "scale", "drain", "kill", "dump"] as const;
export type Verb = (typeof VERBS)[number];

export function isVerb(word: string | undefined): word is Verb {
  return VERBS.some((verb) => verb === word);
}
