import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { readSettings } from "@gatehouse/settings";
import { count, sql } from "drizzle-orm";
import { connectionShortage } from "../database/capacity.ts";
import { PictureStore } from "../media/picture-store.ts";
import { boardPage, PAGE_SIZE } from "../models/notice.ts";
import { hashPassword, verifyPassword } from "../models/password.ts";
import { comments, notices } from "../models/schema.ts";
import { userByName } from "../models/user.ts";
import { appSettings } from "../settings.ts";
import { openTestDatabase } from "../testing/database.ts";
import { pendingMigration } from "./checks.ts";
import { manage } from "./commands.ts";
import { NOTICES, PEOPLE } from "./seed/content.ts";
import { seedBoard } from "./seed.ts";

const { database } = await openTestDatabase();
const folder = await mkdtemp(join(tmpdir(), "seed-"));
after(() => rm(folder, { recursive: true }));
const pictures = new PictureStore(folder, 1024 ** 2);

/** Runs manage in its own process, as an operator does. */
const run = (...words: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, "../manage.ts"), ...words]);

test("manage alone lists every command", async () => {
  const { stdout, stderr } = await run();
  for (const name of ["makemigrations", "migrate", "collectstatic"]) {
    assert.match(stdout, new RegExp(`^  ${name}\\b.*\\w{4}$`, "m"));
  }
  assert.equal(stderr, "");
});

const wrongUsage: [string[], RegExp][] = [
  [["migrat"], /^no command "migrat": did you mean migrate\?$/],
  [["dance"], /^no command "dance": manage alone lists them$/],
  [["constructor"], /^no command "constructor"/],
  [["migrate", "now"], /^migrate: unexpected argument "now"$/],
  [["makemigrations", "--name"], /^--name needs a value$/],
  [["makemigrations", "--check=yes"], /^--check takes no value$/],
];

for (const [[name, ...args], message] of wrongUsage) {
  test(`manage ${[name, ...args].join(" ")} is refused as wrong usage`, async () => {
    await assert.rejects(manage(name, args), { name: "CommandError", exitCode: 64, message });
  });
}

for (const [args, message] of [
  [["--migrate-timout", "5"], /^--migrate-timout: no such flag; did you mean --migrate-timeout/],
  [["--migrate-timeout", "soon"], /^--migrate-timeout="soon": expected a whole/],
] as const) {
  test(`manage migrate ${args.join(" ")} is refused because of the setting`, async () => {
    await assert.rejects(manage("migrate", args), { name: "SettingError", message });
  });
}

test("wrong usage ends the process with 64, a wrong setting with 78, each with one line", async () => {
  const [usage, setting] = [run("migrat"), run("migrate", "--migrate-timeout", "soon")];
  await assert.rejects(usage, { code: 64, stdout: "", stderr: /^manage: no command .*\n$/ });
  await assert.rejects(setting, {
    code: 78,
    stdout: "",
    stderr: /^--migrate-timeout="soon": .*\n$/,
  });
});

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

test("seed fills the board with more than a page of notices, the newest on top", async () => {
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

test("a second seed adds nothing, and changes no password", async () => {
  const hash = await hashPassword("another password");
  assert.deepEqual(await seedBoard(database, pictures, hash), { users: 0, notices: 0 });
  assert.deepEqual(await totals(), expected);
  const ada = await userByName(database, "Ada");
  assert.equal(await verifyPassword("another password", ada?.passwordHash), false);
  assert.equal(await verifyPassword("none", ada?.passwordHash), false);
});

test("seed adds deleted notices again, and only those", async () => {
  const [, second, , , fifth] = NOTICES;
  const titles = [second?.title, fifth?.title];
  await database.delete(notices).where(sql`title in ${titles}`);
  assert.deepEqual(await seedBoard(database, pictures, "none"), { users: 0, notices: 2 });
  assert.equal((await totals()).notices, expected.notices);
});

test("connections that fit the database once but not twice are too many", async () => {
  const demand = (pool: string) => {
    const environment = { REPLICAS: "4", GATEWAY_WORKERS: "2", APP_DATABASE_POOL_SIZE: pool };
    return readSettings(appSettings, environment, []).values;
  };
  assert.equal(await connectionShortage(database, demand("4")), undefined);
  assert.equal(
    await connectionShortage(database, demand("5")),
    "a release of 4 replicas of 2 workers with 5 pooled connections needs 98 connections, the database allows 97",
  );
});

test("a database without the newest migration, or without any, lacks it", async () => {
  assert.equal(await pendingMigration(database), undefined);
  await database.execute(
    sql`delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.__drizzle_migrations)`,
  );
  assert.equal(await pendingMigration(database), "it lacks 0001_board");
  await database.execute(sql`drop table drizzle.__drizzle_migrations`);
  assert.match((await pendingMigration(database)) ?? "", /^it lacks 0000_\w+, 0001_board$/);
});
