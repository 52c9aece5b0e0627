import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Database } from "../database/access.ts";
import { withDatabase } from "../database/connect.ts";
import { eq, inArray } from "../database/drizzle.ts";
import { PictureStore } from "../media/picture-store.ts";
import { addComment } from "../models/comment.ts";
import { addNotice } from "../models/notice.ts";
import { hashPassword } from "../models/password.ts";
import { comments, notices } from "../models/schema.ts";
import { addUser, type User, userByName } from "../models/user.ts";
import { defineCommand } from "./command.ts";
import { NOTICES, PEOPLE, type SeedNotice } from "./seed/content.ts";
import { landscape } from "./seed/picture.ts";

/** The password of every seeded account, outside of production. */
export const SEED_PASSWORD = "gatehouse demo";

/** Not a hash, so no password matches. */
const NO_PASSWORD = "none";

const HOUR = 3_600_000;

export const seedCommand = defineCommand({
  summary: "fills the board with sample users, notices, comments and pictures",
  run: async ({ values }) => {
    // Everyone knows the password of development.
    const open = values.env !== "production";
    const passwordHash = open ? await hashPassword(SEED_PASSWORD) : NO_PASSWORD;
    const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
    const { users, notices } = await withDatabase(values, (database) =>
      seedBoard(database, pictures, passwordHash),
    );
    if (users + notices === 0) return "nothing added: the sample users and notices are there";
    const access = open
      ? `sign in as Ada, or as Marion, a moderator, with "${SEED_PASSWORD}"`
      : "nobody can sign in as them: they have no password in production";
    return `${users} users and ${notices} notices added; ${access}`;
  },
});

/** Adds the missing sample users and notices. @returns how many were added */
export async function seedBoard(
  database: Database,
  pictures: PictureStore,
  passwordHash: string,
): Promise<{ readonly users: number; readonly notices: number }> {
  const people = new Map<string, User>();
  let added = 0;
  for (const name of PEOPLE) {
    const account = { name, passwordHash, moderator: name === PEOPLE[0] };
    const made = await addUser(database, account);
    if (made !== undefined) added += 1;
    const user = made ?? (await userByName(database, name));
    if (user !== undefined) people.set(name, user);
  }
  const existing = await existingTokens(database);
  const missing = NOTICES.filter((notice) => !existing.has(tokenOf(notice.title)));
  for (const notice of missing) await post(database, pictures, people, notice);
  return { users: added, notices: missing.length };
}

async function existingTokens(database: Database): Promise<Set<string | null>> {
  const tokens = NOTICES.map(({ title }) => tokenOf(title));
  const rows = await database
    .select({ token: notices.formToken })
    .from(notices)
    .where(inArray(notices.formToken, tokens));
  return new Set(rows.map(({ token }) => token));
}

async function post(
  database: Database,
  pictures: PictureStore,
  people: ReadonlyMap<string, User>,
  { by, title, body, age, picture: hue, isPrivate = false, comments: replies = [] }: SeedNotice,
): Promise<void> {
  const picture = hue === undefined ? null : await pictures.save(Readable.from([landscape(hue)]));
  const postedAt = new Date(Date.now() - age * HOUR);
  const text = { title, body, picture, picturePrivate: isPrivate };
  const { id } = await addNotice(database, idOf(people, by), text, tokenOf(title));
  await database.update(notices).set({ postedAt }).where(eq(notices.id, id));
  for (const [index, [author, body]] of replies.entries()) {
    const comment = { noticeId: id, authorId: idOf(people, author), body };
    const token = tokenOf(`${title} ${index}`);
    await addComment(database, comment, token);
    // Spread over the day after the notice.
    const share = (index + 1) / (replies.length + 2);
    const repliedAt = new Date(postedAt.getTime() + share * Math.min(age, 24) * HOUR);
    await database
      .update(comments)
      .set({ postedAt: repliedAt })
      .where(eq(comments.formToken, token));
  }
}

function idOf(people: ReadonlyMap<string, User>, name: string): number {
  const user = people.get(name);
  if (user === undefined) throw new Error(`the sample user ${name} has no account`);
  return user.id;
}

/** The same form token in every run, so that the database accepts each notice once. */
function tokenOf(words: string): string {
  const hash = createHash("sha256").update(`seed ${words}`).digest("hex");
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
