import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { readSettings } from "@gatehouse/settings";
import { connectionShortage } from "../database/capacity.ts";
import { count, sql } from "../database/drizzle.ts";
import { PictureStore } from "../media/picture-store.ts";
import { boardPage, PAGE_SIZE } from "../models/notice.ts";
import { hashPassword, verifyPassword } from "../models/password.ts";
import { comments, notices } from "../models/schema.ts";
import { userByName } from "../models/user.ts";
import { appSettings } from "../settings.ts";
import { openTestDatabase } from "../testing/database.ts";
import { runChecks } from "./check.ts";
import { type CheckInput, DEPLOY_CHECKS, pendingMigration } from "./checks.ts";
import { manage } from "./commands.ts";
import { NOTICES, PEOPLE } from "./seed/content.ts";
import { seedBoard } from "./seed.ts";

const { database } = await openTestDatabase();
const folder = await mkdtemp(join(tmpdir(), "seed-"));
after(() => rm(folder, { recursive: true }));
const pictures = new PictureStore(folder, 1024 ** 2);

test("manage alone lists every command", async () => {
  const list = await manage(undefined, []);
  for (const name of ["makemigrations", "migrate", "collectstatic"]) {
    assert.match(list, new RegExp(`^  ${name}\\b.*\\w{4}$`, "m"));
  }
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
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, "../manage.ts"), ...words]);
  const setting = { code: 78, stdout: "", stderr: /^--picture-limit="much": .*\n$/ };
  await Promise.all([
    assert.rejects(run("migrat"), { code: 64, stdout: "", stderr: /^manage: no command .*\n$/ }),
    assert.rejects(run("collectstatic", "--picture-limit", "much"), setting),
  ]);
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
  assert.equal(await pendingMigration(database), "it lacks 0002_names-and-devices");
  await database.execute(sql`drop table drizzle.__drizzle_migrations`);
  assert.match(
    (await pendingMigration(database)) ?? "",
    /^it lacks 0000_\w+, 0001_board, 0002_names-and-devices$/,
  );
});

const secrets = await mkdtemp(join(tmpdir(), "check-"));
after(() => rm(secrets, { recursive: true }));
const secret = join(secrets, "password");
await writeFile(secret, "k3vRq0Zb8sPmX1wYtLhC\n");

/** The settings of a site in production, with changes. */
function input(changes: Record<string, string> = {}): CheckInput {
  const environment = {
    NODE_ENV: "production",
    DATABASE_PASSWORD_FILE: secret,
    ...changes,
  };
  return { environment, values: readSettings(appSettings, environment, []).values };
}

test("a site with production settings passes every check", async () => {
  assert.match(await runChecks(DEPLOY_CHECKS, input()), /^all \d+ checks passed\n( {2}ok .*\n?)+$/);
});

const unsafe: [string, Record<string, string>, RegExp][] = [
  ["environment", { NODE_ENV: "development" }, /it is development/],
  ["inspector", { NODE_OPTIONS: "--inspect=0.0.0.0:9229" }, /--inspect=0\.0\.0\.0/],
  ["trusted-proxies", { GATEWAY_TRUSTED_PROXIES: "10.0.0.0/8,0.0.0.0/0" }, /trusts every client/],
  ["database-password", { DATABASE_PASSWORD_FILE: "" }, /DATABASE_PASSWORD_FILE is not set/],
  ["database-password", { PGPASSWORD: "hunter2" }, /PGPASSWORD is set/],
  ["secret-files", { DATABASE_PASSWORD_FILE: "/nowhere/password" }, /cannot be read/],
  ["upload-limit", { WEB_LIMIT_REQUEST_BODY: "5242880" }, /the edge accepts 5242880 bytes/],
  ["query-timeout", { APP_QUERY_TIMEOUT: "59000" }, /61000 ms, the edge waits 60000 ms/],
];

for (const [id, changes, found] of unsafe) {
  test(`${id} fails with ${JSON.stringify(changes)}, with the reason and the fix`, async () => {
    await assert.rejects(runChecks(DEPLOY_CHECKS, input(changes)), (error: Error) => {
      assert.match(error.message, new RegExp(`FAIL {2}${id}: `));
      assert.match(error.message, found);
      assert.match(error.message, /^ {8}why: .+\n {8}fix: .+$/m);
      return true;
    });
  });
}

test("a secret that is short, repetitive or writable by every user fails", async () => {
  for (const [content, mode, found] of [
    ["short", 0o400, /only 5 characters/],
    ["a".repeat(40), 0o400, /repeats a few characters/],
    ["k3vRq0Zb8sPmX1wYtLhC", 0o666, /every user can write/],
  ] as const) {
    const file = join(secrets, `secret-${mode}-${content.length}`);
    await writeFile(file, content);
    await chmod(file, mode);
    await assert.rejects(runChecks(DEPLOY_CHECKS, input({ DATABASE_PASSWORD_FILE: file })), {
      message: found,
    });
  }
});
