import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const folder = join(import.meta.dirname, "decisions");
const index = readFileSync(join(folder, "README.md"), "utf8");
const records = readdirSync(folder).filter((name) => /^\d{3}-.*\.md$/.test(name));

for (const name of records) {
  test(`decision ${name} has a status, and the index has the same`, () => {
    const text = readFileSync(join(folder, name), "utf8");
    const [, status = "none", by = ""] =
      /^\*\*Status\.\*\* (Accepted|Superseded)(?:.*?\[(\d{3})\])?/m.exec(text) ?? [];
    const row = index.split("\n").find((line) => line.includes(`](${name})`)) ?? "";
    assert.match(row, new RegExp(`\\| ${status.toLowerCase()}.*${by} \\|$`), row);
    if (status === "Superseded") assert.ok(records.some((each) => each.startsWith(by)));
  });
}
