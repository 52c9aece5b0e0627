import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { appSettings } from "../settings.ts";
import { closedPort } from "../testing/closed-port.ts";
import { migrate } from "./migrate.ts";

const valuesOf = (environment: Record<string, string>) =>
  readSettings(appSettings, { APP_MIGRATE_TIMEOUT: "1000", ...environment }, []).values;

test("a database that never answers fails the migration with one line after the deadline", async () => {
  const values = valuesOf({
    DATABASE_URL: `postgres://gatehouse@127.0.0.1:${await closedPort()}/gatehouse`,
  });
  await assert.rejects(migrate(values), { message: /^nothing listens at 127\.0\.0\.1:\d+: .*$/ });
});

test("a missing password file is named", async () => {
  const values = valuesOf({ DATABASE_PASSWORD_FILE: "/nowhere/password" });
  await assert.rejects(migrate(values), {
    message: /^DATABASE_PASSWORD_FILE=\/nowhere\/password /,
  });
});
