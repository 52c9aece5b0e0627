import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openClone } from "../../clone.ts";
import { breaksIn } from "./breaks.ts";

const breaking: readonly string[] = [
  'ALTER TABLE "notices" DROP COLUMN "title";',
  "alter table notices drop title",
  "ALTER TABLE notices ADD COLUMN a int, DROP COLUMN b;",
  "DROP TABLE notices;",
  "drop view if exists board",
  'ALTER TABLE "notices" RENAME COLUMN "title" TO "heading";',
  "ALTER TABLE notices RENAME TO entries",
  "ALTER TABLE notices ADD COLUMN author text NOT NULL",
  "ALTER TABLE notices ALTER COLUMN author SET NOT NULL",
  "ALTER TABLE notices ALTER COLUMN id TYPE bigint",
  "ALTER TABLE notices ALTER COLUMN id SET DATA TYPE bigint",
  "ALTER TABLE notices ADD COLUMN key uuid DEFAULT gen_random_uuid()",
  "ALTER TABLE notices ADD COLUMN n bigserial",
  "ALTER TABLE notices ADD COLUMN t tsvector GENERATED ALWAYS AS (to_tsvector(title)) STORED",
  "VACUUM FULL notices",
  "TRUNCATE notices",
];
for (const sql of breaking) {
  test(`refused: ${sql}`, () => assert.equal(breaksIn(sql).length, 1));
}

const harmless: readonly string[] = [
  "ALTER TABLE notices ADD COLUMN author text",
  "ALTER TABLE notices ADD COLUMN pinned boolean DEFAULT false NOT NULL",
  "ALTER TABLE notices ADD COLUMN at timestamptz DEFAULT now() NOT NULL",
  "ALTER TABLE notices DROP CONSTRAINT notices_title_check",
  "ALTER TABLE notices ALTER COLUMN title DROP NOT NULL",
  "ALTER TABLE notices ADD CONSTRAINT c CHECK (title <> '') NOT VALID",
  "CREATE INDEX i ON notices (author)",
  "INSERT INTO notices (title) VALUES ('DROP TABLE notices; ALTER TABLE x DROP COLUMN y')",
  "-- DROP TABLE notices;\nSELECT 1",
  "/* DROP TABLE notices; */ SELECT 1",
  "DO $body$ BEGIN EXECUTE 'drop table x'; END $body$;",
  'CREATE TABLE "tags" ("id" int NOT NULL);\nALTER TABLE "tags" ADD COLUMN "name" text NOT NULL;',
];
for (const sql of harmless) {
  test(`allowed: ${sql.split("\n").join(" ")}`, () => assert.deepEqual(breaksIn(sql), []));
}

test("a word inside another, and a name, are no break", () => {
  assert.deepEqual(breaksIn("ALTER TABLE drops ADD COLUMN type text, ADD COLUMN renamed int"), []);
});

test("a break is reported with the line of its statement and its own words", () => {
  const sql = "SELECT 1;\n\n-- why\nALTER TABLE notices\n  DROP COLUMN title;\n";
  assert.deepEqual(breaksIn(sql), [
    {
      line: 4,
      why: "alter table notices drop column title: the release that runs may still read it",
    },
  ]);
});

test("the first migration of the sample application breaks nothing", async () => {
  const folder = join(openClone().root, "services/app/migrations");
  const [first = ""] = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  assert.deepEqual(breaksIn(await readFile(join(folder, first), "utf8")), []);
});
