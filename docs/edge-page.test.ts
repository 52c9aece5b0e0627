import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EDGE_PAGE, edgePage } from "./edge-page.ts";

test("docs/edge.md lists the stations of stations.ts; otherwise run: npm run docs", () => {
  const page = edgePage();
  assert.equal(readFileSync(EDGE_PAGE, "utf8"), page);
  const rows = [...page.matchAll(/^\| \d+ \| ([^|]+) \| ([^|]+) \|/gm)];
  assert.equal(rows.length, 20);
  const files = rows.flatMap(([, , where = ""]) => [...where.matchAll(/`([^`]+)`/g)]);
  for (const [, file = ""] of files) {
    const root = file.startsWith("packages/") ? ".." : "../services/web";
    assert.ok(existsSync(join(import.meta.dirname, root, file)), file);
  }
});
