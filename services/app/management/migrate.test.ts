import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { appSettings } from "../settings.ts";
import { unreachableUrl } from "../testing/database.ts";
import { migrate } from "./migrate.ts";

const valuesOf = (environment: Record<string, string>) =>
  readSettings(appSettings, { APP_MIGRATE_TIMEOUT: "1000", ...environment }, []).values;

test("a database that does not run fails the migration with one line after the timeout", async () => {
  const values = valuesOf({ DATABASE_URL: await unreachableUrl() });
  await assert.rejects(migrate(values), { message: /^nothing listens at 127\.0\.0\.1:\d+: .*$/ });
});

test("a missing password file is reported", async () => {
  const values = valuesOf({ DATABASE_PASSWORD_FILE: "/nowhere/password" });
  await assert.rejects(migrate(values), {
    message: /^DATABASE_PASSWORD_FILE=\/nowhere\/password /,
  });
});
