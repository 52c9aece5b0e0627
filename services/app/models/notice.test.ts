import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openTestDatabase } from "../test-site.ts";
import { addNotice, newestNotices, notices } from "./notice.ts";

const database = await openTestDatabase();

beforeEach(() => database.delete(notices));

test("the newest twenty notices come first", async () => {
  for (let number = 1; number <= 21; number += 1) {
    await addNotice(database, { name: "Ada", text: `notice ${number}` });
  }
  const texts = (await newestNotices(database)).map(({ text }) => text);
  assert.equal(texts.length, 20);
  assert.equal(texts[0], "notice 21");
  assert.equal(texts[19], "notice 2");
});

test("the database itself refuses what no form would let through", async () => {
  await assert.rejects(addNotice(database, { name: "", text: "text" }));
  await assert.rejects(addNotice(database, { name: "n".repeat(61), text: "text" }));
  await assert.rejects(addNotice(database, { name: "name", text: "t".repeat(501) }));
  await addNotice(database, { name: "🏮".repeat(60), text: "'; drop table notices; --" });
  assert.equal((await newestNotices(database)).length, 1);
});
