/** Why a mutant may survive, by the key that the report prints: file, code and its replacement. */
export const REASONS: ReadonlyMap<string, string> = new Map([]);
