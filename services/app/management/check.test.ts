import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { appSettings } from "../settings.ts";
import { runChecks } from "./check.ts";
import { type CheckInput, DEPLOY_CHECKS } from "./checks.ts";

let folder: string;
let secret: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-"));
  secret = join(folder, "password");
  await writeFile(secret, "k3vRq0Zb8sPmX1wYtLhC\n");
});

after(() => rm(folder, { recursive: true }));

/** The settings of a site in production, with changes. */
function input(changes: Record<string, string> = {}): CheckInput {
  const environment = {
    APP_ENV: "production",
    WEB_PUBLIC_ORIGIN: "https://www.example.org",
    WEB_HTTPS: "redirect",
    DATABASE_PASSWORD_FILE: secret,
    ...changes,
  };
  return { environment, values: readSettings(appSettings, environment, []).values };
}

test("a site with production settings passes every check", async () => {
  assert.match(await runChecks(DEPLOY_CHECKS, input()), /^all \d+ checks passed\n( {2}ok .*\n?)+$/);
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
    const file = join(folder, `secret-${mode}-${content.length}`);
    await writeFile(file, content);
    await chmod(file, mode);
    await assert.rejects(runChecks(DEPLOY_CHECKS, input({ DATABASE_PASSWORD_FILE: file })), {
      message: found,
    });
  }
});
