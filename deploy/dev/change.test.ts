import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ChangeWatch, projectRules, type Step, stepsFor } from "./change.ts";
import type { Watcher } from "./watcher.ts";

const cases: [string, Step[]][] = [
  ["services/web/replicas/replica.ts", ["edge"]],
  ["services/gateway/pool/pool.ts", ["gateway"]],
  ["services/jobs/program.ts", ["jobs"]],
  ["packages/http/hops.ts", ["gateway", "jobs", "edge"]],
  ["services/app/pages/page.ts", ["reload", "jobs"]],
  ["services/app/static/style.css", ["static", "reload"]],
  ["services/app/migrations/0001_tables.sql", ["migrate", "reload", "jobs"]],
  ["services/app/migrations/meta/_journal.json", []],
  ["examples/koa.ts", ["reload", "jobs"]],
  ["services/app/pages/page.test.ts", []],
  ["services/gateway/pool/reload.process.ts", []],
  ["services/app/node_modules/hono/index.js", []],
  ["services/app/.views.ts.swp", []],
  ["services/app/stories/browser/page.ts", []],
  ["services/app/pages/page.ts~", []],
];

for (const [path, steps] of cases) {
  test(`a change of ${path} needs ${steps.join(" and ") || "nothing"}`, () => {
    assert.deepEqual(stepsFor(path), steps);
  });
}

const inProjects: readonly (readonly [Watcher, string, Step[]])[] = [
  ["chain", "app/page.ts", ["reload", "jobs"]],
  ["chain", "app/page.test.ts", []],
  ["compiler", "app/page.ts", []],
  ["compiler", "app/dist/page.js", ["reload", "jobs"]],
  ["compiler", "app/dist/page.test.js", []],
  ["compiler", "app/static/style.css", ["static", "reload"]],
  ["framework", "app/app/page.tsx", ["jobs"]],
  ["framework", "app/.next/dev/trace", []],
  ["framework", "app/migrations/0002_more.sql", ["migrate", "jobs"]],
  ["framework", "site.ts", ["edge"]],
  ["chain", "app/server.ts", ["reload", "jobs"]],
  ["compiler", "app/server.ts", ["reload"]],
  ["compiler", "app/dist/server.ts", []],
  ["framework", "app/server.ts", ["gateway"]],
];

for (const [watcher, path, steps] of inProjects) {
  test(`in a project whose ${watcher} watches, a change of ${path} needs ${steps.join(" and ") || "nothing"}`, () => {
    assert.deepEqual(stepsFor(path, projectRules(watcher, "app/server.ts:default")), steps);
  });
}

test("changes at the same time are reported once, together", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "change-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of ["packages", "services/web", "services/app/pages", "examples"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const { promise, resolve } = Promise.withResolvers<ReadonlySet<Step>>();
  using _watch = new ChangeWatch(root, "services/app/gateway.ts", resolve);
  writeFileSync(join(root, "services/web/main.ts"), "1");
  writeFileSync(join(root, "services/app/pages/a.ts"), "1");
  assert.deepEqual([...(await promise)].sort(), ["edge", "jobs", "reload"]);
});

test("files that need nothing delay no other, however often they change", {
  timeout: 60_000,
}, async (t) => {
  const root = mkdtempSync(join(tmpdir(), "change-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of ["packages", "services/web", "examples"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const { promise, resolve } = Promise.withResolvers<ReadonlySet<Step>>();
  using _watch = new ChangeWatch(root, "services/app/gateway.ts", resolve);
  writeFileSync(join(root, "services/web/main.ts"), "1");
  const noise = setInterval(() => writeFileSync(join(root, "services/web/notes.md"), "1"), 10);
  t.after(() => clearInterval(noise));
  assert.deepEqual([...(await promise)], ["edge"]);
});
