import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { readSettings } from "@gatehouse/settings";
import { drizzle } from "drizzle-orm/pglite";
import { surplusConnections } from "../models/capacity.ts";
import { appSettings } from "../settings.ts";
import { openTestDatabase } from "../testing/site.ts";
import { examine } from "./check.ts";
import type { Ground } from "./checks/check.ts";
import { pendingMigration } from "./checks/database.ts";
import { DEPLOY_CHECKS } from "./checks/table.ts";

let folder: string;
let secret: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-"));
  secret = join(folder, "password");
  await writeFile(secret, "k3vRq0Zb8sPmX1wYtLhC\n");
});

after(() => rm(folder, { recursive: true }));

/** What a site in production is set to, and the changes to it. */
function ground(changes: Record<string, string> = {}): Ground {
  const environment = {
    APP_ENV: "production",
    WEB_PUBLIC_ORIGIN: "https://www.example.org",
    WEB_HTTPS: "redirect",
    DATABASE_PASSWORD_FILE: secret,
    ...changes,
  };
  return { environment, values: readSettings(appSettings, environment, []).values };
}

test("a site that is set up for production passes every check", async () => {
  assert.match(await examine(DEPLOY_CHECKS, ground()), /^all \d+ checks hold\n( {2}ok .*\n?)+$/);
});

const unsafe: [string, Record<string, string>, RegExp][] = [
  ["environment", { APP_ENV: "development" }, /it is development/],
  ["inspector", { NODE_OPTIONS: "--inspect=0.0.0.0:9229" }, /--inspect=0\.0\.0\.0/],
  ["public-origin", { WEB_PUBLIC_ORIGIN: "" }, /it is not set/],
  ["public-origin", { WEB_PUBLIC_ORIGIN: "http://www.example.org" }, /is not https/],
  ["public-origin", { WEB_PUBLIC_ORIGIN: "https://127.0.0.1:8443" }, /is an address, no name/],
  ["public-origin", { WEB_PUBLIC_ORIGIN: "https://[::1]" }, /is an address, no name/],
  ["public-origin", { WEB_PUBLIC_ORIGIN: "https://board.test" }, /this machine only/],
  ["https-only", { WEB_HTTPS: "serve" }, /WEB_HTTPS is serve/],
  ["trusted-proxies", { GATEWAY_TRUSTED_PROXIES: "10.0.0.0/8,0.0.0.0/0" }, /is everybody/],
  ["database-password", { DATABASE_PASSWORD_FILE: "" }, /DATABASE_PASSWORD_FILE is not set/],
  ["database-password", { PGPASSWORD: "hunter2" }, /PGPASSWORD is set/],
  ["secret-files", { DATABASE_PASSWORD_FILE: "/nowhere/password" }, /cannot be read/],
  ["upload-limit", { WEB_LIMIT_REQUEST_BODY: "5242880" }, /the edge takes 5242880 bytes/],
  ["query-timeout", { APP_QUERY_TIMEOUT: "59000" }, /61000 ms, the edge waits 60000 ms/],
];

for (const [id, changes, found] of unsafe) {
  test(`${id} fails with ${JSON.stringify(changes)}, and says why and what to do`, async () => {
    await assert.rejects(examine(DEPLOY_CHECKS, ground(changes)), (error: Error) => {
      assert.match(error.message, new RegExp(`FAIL {2}${id}: `));
      assert.match(error.message, found);
      assert.match(error.message, /^ {8}why: .+\n {8}fix: .+$/m);
      return true;
    });
  });
}

test("a secret that is short, of one letter or open to all fails", async () => {
  for (const [content, mode, found] of [
    ["short", 0o400, /only 5 characters/],
    ["a".repeat(40), 0o400, /the same few characters/],
    ["k3vRq0Zb8sPmX1wYtLhC", 0o666, /everybody may write/],
  ] as const) {
    const file = join(folder, `secret-${mode}-${content.length}`);
    await writeFile(file, content);
    await chmod(file, mode);
    await assert.rejects(examine(DEPLOY_CHECKS, ground({ DATABASE_PASSWORD_FILE: file })), {
      message: found,
    });
  }
});

test("a database without the newest migration is told of, one with all of them is not", async (t) => {
  const empty = new PGlite();
  t.after(() => empty.close());
  assert.match((await pendingMigration(drizzle(empty))) ?? "", /^it lacks 0000_/);
  assert.equal(await pendingMigration((await openTestDatabase()).database), undefined);
});

test("pools that fit the database once but not twice fail", async () => {
  const { database } = await openTestDatabase();
  const size = (pool: string) =>
    ground({ REPLICAS: "4", GATEWAY_WORKERS: "2", APP_DATABASE_POOL_SIZE: pool });
  assert.equal(await surplusConnections(database, size("4").values), undefined);
  assert.match(
    (await surplusConnections(database, size("5").values)) ?? "",
    /may need 98, and it has room for 97/,
  );
});
