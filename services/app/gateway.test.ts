import assert from "node:assert/strict";
import { test } from "node:test";
import app from "./gateway.ts";
import { recordingLogger } from "./test-site.ts";

function contextWith(settings: Record<string, string>) {
  const { logger } = recordingLogger();
  return { settings, logger, replica: "replica-a", worker: { id: 1, pid: process.pid } };
}

test("a request before the start is a mistake that is named", () => {
  assert.throws(
    () => app.fetch(new Request("http://board.test/")),
    /call startup\(context\) first/,
  );
});

test("a setting that is not allowed stops the start with one line", () => {
  const context = contextWith({ APP_DATABASE_POOL_SIZE: "many" });
  assert.throws(() => app.startup(context), {
    name: "SettingError",
    message: /^APP_DATABASE_POOL_SIZE="many": expected a whole number from 1 to 100$/,
  });
});

test("the start waits for the database, while the site already answers, until it is shut down", async () => {
  app.startup(contextWith({ DATABASE_URL: "postgres://gatehouse@127.0.0.1:1/gatehouse" }));
  await assert.rejects(app.ready(), { name: "DatabaseUnavailable" });
  const answer = await app.fetch(new Request("http://board.test/"));
  assert.equal(answer.status, 503);
  await app.shutdown();
});
