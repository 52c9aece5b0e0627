import { sql } from "./database.ts";

export interface Entry {
  readonly id: number;
  readonly text: string;
  /** The name of a file among the uploads. */
  readonly picture: string | null;
  readonly writtenAt: Date;
}

const NEWEST = 50;
export const LONGEST = 500;

/** The newest entries, the latest first. */
export function newestEntries(): Promise<Entry[]> {
  return sql<Entry[]>`
    select id, text, picture, written_at as "writtenAt"
    from entries order by id desc limit ${NEWEST}`;
}

/** Adds an entry, and has every open page show it: see live.ts. */
export async function addEntry(text: string, picture: string | null): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`insert into entries (text, picture) values (${text}, ${picture})`;
    await transaction`select pg_notify('entries', '')`;
  });
}

/** What is wrong with the text of a new entry; undefined if nothing is. */
export function problemOf(text: string): string | undefined {
  if (text.trim() === "") return "Please write something.";
  if (text.length > LONGEST) return `Please use at most ${LONGEST} characters.`;
  return undefined;
}
