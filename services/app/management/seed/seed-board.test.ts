import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { count } from "drizzle-orm";
import { PictureStore } from "../../media/picture-store.ts";
import { boardPage, PAGE_SIZE } from "../../models/board.ts";
import { hashPassword, verifyPassword } from "../../models/password.ts";
import { comments, notices } from "../../models/schema.ts";
import { userByName } from "../../models/user.ts";
import { openTestDatabase } from "../../testing/site.ts";
import { NOTICES, PEOPLE } from "./content.ts";
import { seedBoard } from "./seed-board.ts";

const folder = await mkdtemp(join(tmpdir(), "seed-"));
after(() => rm(folder, { recursive: true }));
const { database } = await openTestDatabase();
const pictures = new PictureStore(folder, 1024 ** 2);

async function totals() {
  const [noticeRow] = await database.select({ value: count() }).from(notices);
  const [commentRow] = await database.select({ value: count() }).from(comments);
  const files = await readdir(folder);
  return { notices: noticeRow?.value, comments: commentRow?.value, pictures: files.length };
}

const expected = {
  notices: NOTICES.length,
  comments: NOTICES.flatMap((notice) => notice.comments ?? []).length,
  pictures: NOTICES.filter(({ picture }) => picture !== undefined).length,
};

test("a board is filled with more than a page of notices, the newest of them on top", async () => {
  const added = await seedBoard(database, pictures, "none");
  assert.deepEqual(added, { users: PEOPLE.length, notices: NOTICES.length });
  assert.deepEqual(await totals(), expected);
  const page = await boardPage(database, { search: "" }, undefined);
  assert.equal(page.notices.length, PAGE_SIZE);
  assert.ok(page.older);
  assert.equal(page.notices[0]?.title, NOTICES.at(-1)?.title);
  const moments = page.notices.map(({ postedAt }) => postedAt.getTime());
  assert.deepEqual(
    moments,
    moments.toSorted((a, b) => b - a),
  );
});

test("seeding again adds nothing, and changes no password", async () => {
  const hash = await hashPassword("another password");
  assert.deepEqual(await seedBoard(database, pictures, hash), { users: 0, notices: 0 });
  assert.deepEqual(await totals(), expected);
  const ada = await userByName(database, "Ada");
  assert.equal(await verifyPassword("another password", ada?.passwordHash), false);
  assert.equal(await verifyPassword("none", ada?.passwordHash), false);
});

test("what was deleted comes back, and only that", async () => {
  await database.delete(notices);
  const { users, notices: added } = await seedBoard(database, pictures, "none");
  assert.deepEqual([users, added], [0, NOTICES.length]);
});
