import type { Case } from "./case.ts";
import type { Heard } from "./feed.ts";

/**
 * What is wrong with what came of a case; undefined if nothing.
 * @param saw the requests that the application read to their end, in any order
 */
export function judge(due: Pick<Case, "statuses" | "saw">, heard: Heard, saw: readonly string[]) {
  const found = JSON.stringify([heard.statuses, saw.toSorted()]);
  const expected = JSON.stringify([due.statuses, due.saw.toSorted()]);
  if (found !== expected) return `${found} instead of ${expected}`;
  const lastHead = heard.text.slice(heard.text.lastIndexOf("HTTP/1.1 "));
  if (!/^connection: close\r$/im.test(lastHead)) return `no Connection: close in ${lastHead}`;
  return undefined;
}
