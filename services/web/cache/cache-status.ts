/** This cache's name in Cache-Status, which lists all caches on the way. */
const NAME = "gatehouse";

/** Why a request had to go to the application; RFC 9211, section 2.2. */
export type Forwarded = "method" | "bypass" | "uri-miss" | "vary-miss" | "stale";

/** The field's value for an answer out of the store. @param ttl milliseconds; negative when stale */
export function hitStatus(ttl: number, detail: string | undefined): string {
  const told = `${NAME}; hit; ttl=${Math.floor(ttl / 1000)}`;
  return detail === undefined ? told : `${told}; detail=${detail}`;
}

interface ForwardedFacts {
  /** The application's status, where it is not the answer's own. */
  readonly status?: number | undefined;
  readonly stored?: boolean;
  /** The answer is that of another request which was under way. */
  readonly collapsed?: boolean;
  readonly detail?: string;
}

/** The field's value for an answer that the application was asked for. */
export function forwardedStatus(why: Forwarded, facts: ForwardedFacts): string {
  let told = `${NAME}; fwd=${why}`;
  if (facts.status !== undefined) told += `; fwd-status=${facts.status}`;
  if (facts.stored === true) told += "; stored";
  if (facts.collapsed === true) told += "; collapsed";
  return facts.detail === undefined ? told : `${told}; detail=${facts.detail}`;
}
