import assert from "node:assert/strict";
import { test } from "node:test";
import { breaksIn } from "./breaks.ts";

const breaking: readonly string[] = [
  'ALTER TABLE "orders" DROP COLUMN "title";',
  "alter table orders drop title",
  "ALTER TABLE orders ADD COLUMN a int, DROP COLUMN b;",
  "DROP TABLE orders;",
  "drop view if exists board",
  'ALTER TABLE "orders" RENAME COLUMN "title" TO "heading";',
  "ALTER TABLE orders RENAME TO entries",
  "ALTER TABLE orders ADD COLUMN author text NOT NULL",
  "ALTER TABLE orders ALTER COLUMN author SET NOT NULL",
  "ALTER TABLE orders ALTER COLUMN id TYPE bigint",
  "ALTER TABLE orders ALTER COLUMN id SET DATA TYPE bigint",
  "ALTER TABLE orders ADD COLUMN key uuid DEFAULT gen_random_uuid()",
  "ALTER TABLE orders ADD COLUMN n bigserial",
  "ALTER TABLE orders ADD COLUMN t tsvector GENERATED ALWAYS AS (to_tsvector(title)) STORED",
  "VACUUM FULL orders",
  "TRUNCATE orders",
  // What a reader who does not know Postgres' quotes takes for the rest of a text or a comment.
  "ALTER TABLE \"it's\" ADD COLUMN a int; DROP TABLE orders; SELECT ''",
  'CREATE INDEX "a--b" ON orders (title); DROP TABLE orders',
  'CREATE INDEX "a/*b" ON orders (title); DROP TABLE orders',
  'CREATE INDEX "a$$b" ON orders (title); DROP TABLE orders; SELECT $$ $$',
  'ALTER TABLE "a;b" DROP COLUMN title',
  'ALTER TABLE "a ""quoted"" name" DROP COLUMN title',
  "INSERT INTO orders VALUES (E'\\''); DROP TABLE orders; SELECT ''",
  "INSERT INTO orders VALUES (e'\\\\'); DROP TABLE orders",
  "SELECT a$b$c FROM orders; DROP TABLE orders; SELECT 1 AS a$b$",
  "SELECT $1; DROP TABLE orders; SELECT $1$ AS x",
];
for (const sql of breaking) {
  test(`refused: ${sql}`, () => assert.equal(breaksIn(sql).length, 1));
}

const harmless: readonly string[] = [
  "ALTER TABLE orders ADD COLUMN author text",
  "ALTER TABLE orders ADD COLUMN pinned boolean DEFAULT false NOT NULL",
  "ALTER TABLE orders ADD COLUMN at timestamptz DEFAULT now() NOT NULL",
  "ALTER TABLE orders DROP CONSTRAINT orders_title_check",
  "ALTER TABLE orders ALTER COLUMN title DROP NOT NULL",
  "ALTER TABLE orders ADD CONSTRAINT c CHECK (title <> '') NOT VALID",
  "CREATE INDEX i ON orders (author)",
  "INSERT INTO orders (title) VALUES ('DROP TABLE orders; ALTER TABLE x DROP COLUMN y')",
  "-- DROP TABLE orders;\nSELECT 1",
  "/* DROP TABLE orders; */ SELECT 1",
  "/* as /* before */; DROP TABLE orders; */ SELECT 1",
  'CREATE INDEX "a; DROP TABLE orders; b" ON orders (title)',
  'ALTER TABLE "my drop list" ADD COLUMN author text',
  "SELECT E'it\\'s; DROP TABLE orders; '",
  "SELECT $größe$ DROP TABLE orders; $größe$",
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
  const sql = "SELECT 1;\n\n-- why\nALTER TABLE orders\n  DROP COLUMN title;\n";
  assert.deepEqual(breaksIn(sql), [
    {
      line: 4,
      why: "alter table orders drop column title: the release that runs may still read it",
    },
  ]);
});
