import type { BoardQuery } from "../models/notice.ts";
import { refused } from "./body.ts";
import { line } from "./fields.ts";

/** In characters. */
export const LONGEST_SEARCH = 200;
const ID = /^[1-9]\d{0,14}$/;

/** Reads ?q=words&before=ID or &after=ID. @throws HTTPException 400 */
export function parseBoardQuery(fields: URLSearchParams): BoardQuery {
  const search = line(fields.get("q"));
  if (search.includes("\0")) throw refused(400, "The search contains a NUL character.");
  if ([...search].length > LONGEST_SEARCH) {
    throw refused(400, `Please search for at most ${LONGEST_SEARCH} characters.`);
  }
  const before = idOf(fields.get("before"));
  return { search, before, after: before === undefined ? idOf(fields.get("after")) : undefined };
}

function idOf(word: string | null): number | undefined {
  if (word === null) return undefined;
  if (!ID.test(word)) throw refused(400, "This address has an invalid page number.");
  return Number(word);
}
