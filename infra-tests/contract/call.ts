import { type Answer, type Call, call as callOnKept } from "../stack/http.ts";

/**
 * One exchange on a connection of its own, so that no row suffers from what another one has left. The
 * rows about kept connections have a `Wire`.
 */
export function call(url: string, options: Call = {}): Promise<Answer> {
  return callOnKept(url, { agent: false, ...options });
}
