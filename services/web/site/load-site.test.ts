import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import { loadSite } from "./load-site.ts";

/** Loads a site with one route that has this affinity. */
function load(t: TestContext, affinity: string) {
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const site = join(folder, "site.mjs");
  const route = `{ prefix: "/", name: "game", affinity: ${affinity} }`;
  writeFileSync(
    site,
    `export const site = () => ({ files: [], internal: [], routes: [${route}] });`,
  );
  return loadSite({ site } as WebSettings);
}

test("a route's affinity is one of the known words, or none", async (t) => {
  for (const word of ['"cookie"', '"client"', '"off"', "undefined"]) await load(t, word);
  const refused = load(t, '"sticky"');
  await assert.rejects(refused, /route game: affinity "sticky": expected "cookie", "client"/);
});
