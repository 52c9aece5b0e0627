export const VERBS = [
  "pause",
  "resume",
  "maintenance",
  "live",
  "purge",
  "reload",
  "status",
] as const;
export type Verb = (typeof VERBS)[number];

export function isVerb(word: string | undefined): word is Verb {
  return VERBS.some((verb) => verb === word);
}
