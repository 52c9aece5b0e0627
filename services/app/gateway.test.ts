import assert from "node:assert/strict";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import app from "./gateway.ts";
import { unreachableUrl } from "./testing/database.ts";
import { recordingLogger } from "./testing/logger.ts";

function contextWith(settings: Record<string, string>) {
  const { logger } = recordingLogger();
  const { signal } = new AbortController();
  return { settings, logger, replica: "replica-a", worker: { id: 1, pid: process.pid }, signal };
}

test("a request before the start is an error", () => {
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

test("until the database runs, the application is not ready, but pages without data work", async () => {
  app.startup(contextWith({ DATABASE_URL: await unreachableUrl() }));
  await assert.rejects(app.ready(), { name: "DatabaseUnavailable" });
  assert.equal((await app.fetch(new Request("http://board.test/"))).status, 503);
  assert.equal((await app.fetch(new Request("http://board.test/chain"))).status, 200);
  await app.shutdown();
});

test("a start that collects has put every file that a page links where the web server finds it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "assets-"));
  t.after(() => rm(folder, { recursive: true }));
  app.startup(
    contextWith({
      DATABASE_URL: await unreachableUrl(),
      ASSETS_DIRECTORY: folder,
      COLLECT_AT_START: "yes",
    }),
  );
  await assert.rejects(app.ready(), { name: "DatabaseUnavailable" });
  const page = await app.fetch(new Request("http://board.test/chain"));
  const linked = [...(await page.text()).matchAll(/"\/assets\/([^"]+)"/g)];
  assert.ok(linked.length >= 2, "a style sheet and a script");
  for (const [, name = ""] of linked) await access(join(folder, name));
  await app.shutdown();
});
