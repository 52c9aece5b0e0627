import { type Member, signUp } from "./visitor.ts";

/** Whom the journeys of members are made by. */
export interface Cast {
  readonly members: readonly Member[];
}

const MEMBERS = 5;

/** Signs up a few members, once for the whole run: each costs a memory-hard hash. */
export function prepareCast(): Cast {
  const run = Date.now().toString(36);
  const members = Array.from({ length: MEMBERS }, (_, index) =>
    signUp(`Load ${run} ${index}`, `a long password ${run} ${index}`),
  );
  return { members };
}
