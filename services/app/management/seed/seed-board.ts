import { createHash } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import type { PictureStore } from "../../media/picture-store.ts";
import { addComment } from "../../models/comment.ts";
import type { Database } from "../../models/database.ts";
import { addNotice } from "../../models/notice.ts";
import { comments, notices } from "../../models/schema.ts";
import { addUser, type User, userByName } from "../../models/user.ts";
import { NOTICES, PEOPLE, type SeedNotice } from "./content.ts";
import { landscape } from "./picture.ts";

const HOUR = 3_600_000;

export interface Seeded {
  readonly users: number;
  readonly notices: number;
}

/**
 * Fills the board with people, notices, comments and pictures. What is there already stays as it
 * is, so that it may be run again.
 * @param passwordHash of all people who are new; one that is no hash fits no password
 * @returns how many were added
 */
export async function seedBoard(
  database: Database,
  pictures: PictureStore,
  passwordHash: string,
): Promise<Seeded> {
  const people = new Map<string, User>();
  let added = 0;
  for (const name of PEOPLE) {
    const account = { name, passwordHash, moderator: name === PEOPLE[0] };
    const made = await addUser(database, account);
    if (made !== undefined) added += 1;
    const user = made ?? (await userByName(database, name));
    if (user !== undefined) people.set(name, user);
  }
  const there = await tokensThere(database);
  const missing = NOTICES.filter((notice) => !there.has(tokenOf(notice.title)));
  for (const notice of missing) await pin(database, pictures, people, notice);
  return { users: added, notices: missing.length };
}

async function tokensThere(database: Database): Promise<Set<string | null>> {
  const tokens = NOTICES.map(({ title }) => tokenOf(title));
  const rows = await database
    .select({ token: notices.formToken })
    .from(notices)
    .where(inArray(notices.formToken, tokens));
  return new Set(rows.map(({ token }) => token));
}

async function pin(
  database: Database,
  pictures: PictureStore,
  people: ReadonlyMap<string, User>,
  { by, title, body, age, picture: hue, isPrivate = false, comments: answers = [] }: SeedNotice,
): Promise<void> {
  const picture = hue === undefined ? null : await pictures.save(piecesOf(landscape(hue)));
  const postedAt = new Date(Date.now() - age * HOUR);
  const text = { title, body, picture, picturePrivate: isPrivate };
  const { id } = await addNotice(database, idOf(people, by), text, tokenOf(title));
  await database.update(notices).set({ postedAt }).where(eq(notices.id, id));
  for (const [index, answer] of answers.entries()) {
    const comment = { noticeId: id, authorId: idOf(people, answer.by), body: answer.text };
    const token = tokenOf(`${title} ${index}`);
    await addComment(database, comment, token);
    // Some time after the notice, and after each other.
    const share = (index + 1) / (answers.length + 2);
    const answeredAt = new Date(postedAt.getTime() + share * Math.min(age, 24) * HOUR);
    await database
      .update(comments)
      .set({ postedAt: answeredAt })
      .where(eq(comments.formToken, token));
  }
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

function idOf(people: ReadonlyMap<string, User>, name: string): number {
  const user = people.get(name);
  if (user === undefined) throw new Error(`${name} of the seed has no account`);
  return user.id;
}

/** The same form token at every run: the database itself takes each notice only once. */
function tokenOf(words: string): string {
  const hash = createHash("sha256").update(`seed ${words}`).digest("hex");
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
