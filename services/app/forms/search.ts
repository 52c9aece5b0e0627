import { HTTPException } from "hono/http-exception";
import type { BoardQuery } from "../models/board.ts";
import { line } from "./text.ts";

/** Nobody searches for more; the database would. */
const LONGEST = 200;
const ID = /^[1-9]\d{0,14}$/;

/**
 * Reads which part of the board an address asks for: ?q=words&before=ID or &after=ID.
 * @throws HTTPException 400 for what is no such thing
 */
export function parseBoardQuery(fields: URLSearchParams): BoardQuery {
  const search = line(fields.get("q"));
  if (search.includes("\0")) throw refusal("The search contains a NUL character.");
  if ([...search].length > LONGEST) throw refusal(`Search for at most ${LONGEST} characters.`);
  const before = idOf(fields.get("before"));
  return { search, before, after: before === undefined ? idOf(fields.get("after")) : undefined };
}

function idOf(word: string | null): number | undefined {
  if (word === null) return undefined;
  if (!ID.test(word)) throw refusal("The address names a part of the board that cannot be.");
  return Number(word);
}

const refusal = (message: string) => new HTTPException(400, { message });
