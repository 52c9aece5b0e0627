import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { chooseImages, ensureImages, imageOf } from "../images.ts";
import { exportSnapshot, holdWrites, rowsOf } from "./database.ts";
import { Program } from "./program.ts";
import { Psql, SqlError } from "./psql.ts";
import { differences } from "./restore-database.ts";

const name = `gatehouse-backups-${randomUUID()}`;
after(() => run("docker", ["rm", "--force", "--volumes", name]));

async function connect(): Promise<Psql> {
  const command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "-U", "shop"];
  const program = new Program("docker", ["exec", "-i", name, ...command, "-h", "127.0.0.1"]);
  after(() => program.kill());
  return await Psql.open(program);
}

before(async () => {
  const settings = valuesOf(await readEnvironment(openClone()));
  const say = () => {};
  const chosen =
    settings.postgresImage || (await chooseImages(["POSTGRES_IMAGE"], say)).POSTGRES_IMAGE;
  const images = { ...settings, postgresImage: chosen ?? "" };
  await ensureImages(images, ["postgres"], say);
  const variables = ["-e", "POSTGRES_USER=shop", "-e", "POSTGRES_HOST_AUTH_METHOD=trust"];
  const password = ["-e", "POSTGRES_PASSWORD=unused"];
  await run("docker", [
    "run",
    "-d",
    "--name",
    name,
    ...variables,
    ...password,
    imageOf(images, "postgres"),
  ]);
  const since = performance.now();
  while ((await run("docker", ["exec", name, "pg_isready", "-h", "127.0.0.1"])).code !== 0) {
    assert.ok(!isLate(since, 30_000), "Postgres does not start");
    await pause(200);
  }
});

test("a statement that fails has its state, and the connection goes on", async () => {
  const psql = await connect();
  await assert.rejects(psql.query("SELECT 1/0"), (error) => {
    return error instanceof SqlError && error.state === "22012" && /division/.test(error.message);
  });
  assert.deepEqual(await psql.query("SELECT 1, 'a' UNION SELECT 2, NULL ORDER BY 1"), [
    "1|a",
    "2|",
  ]);
  await psql.end();
});

test("while writes are held reads go on, a write waits, and the snapshot has none of it", async () => {
  const [holder, reader, writer, seer] = await Promise.all([
    connect(),
    connect(),
    connect(),
    connect(),
  ]);
  await holder.query("CREATE TABLE orders (id int)");
  await holdWrites(holder);
  let written = false;
  const writing = writer.query("INSERT INTO orders VALUES (1)").then(() => {
    written = true;
  });
  const waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
  const since = performance.now();
  while ((await reader.query(waits))[0] !== "1") assert.ok(!isLate(since, 5_000), "no write waits");
  assert.deepEqual(await reader.query("SELECT count(*) FROM orders"), ["0"]);
  await exportSnapshot(seer);
  assert.equal(written, false);
  await holder.query("COMMIT");
  await writing;
  assert.deepEqual(await rowsOf(seer), { "public.orders": 0 });
  assert.deepEqual(await rowsOf(reader), { "public.orders": 1 });
  for (const psql of [holder, reader, writer, seer]) await psql.end();
});

test("a transaction that waits for our lock, before we wait for its own, loses nothing", async () => {
  const [holder, writer, other, monitor] = await Promise.all([
    connect(),
    connect(),
    connect(),
    connect(),
  ]);
  for (const table of ["aa", "bb", "cc"]) await holder.query(`CREATE TABLE ${table} (id int)`);
  for (const [psql, table] of [
    [writer, "cc"],
    [other, "bb"],
  ] as const) {
    await psql.query("BEGIN");
    await psql.query(`INSERT INTO ${table} VALUES (1)`);
  }
  const holding = holdWrites(holder);
  // It has aa, and waits for bb.
  const waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'";
  const since = performance.now();
  while ((await monitor.query(waits))[0] !== "1")
    assert.ok(!isLate(since, 5_000), "it does not wait");
  const writing = writer.query("INSERT INTO aa VALUES (1)");
  // A second after it began to wait, Postgres would find that it and a holder of aa wait for each other.
  await pause(900);
  await other.query("COMMIT");
  await writing;
  await writer.query("COMMIT");
  await holding;
  assert.equal((await rowsOf(holder))["public.aa"], 1);
  await holder.query("COMMIT");
  for (const psql of [holder, writer, other, monitor]) await psql.end();
});

test("clear.sql removes all that a database can have, and keeps extensions and the schema public", async () => {
  const psql = await connect();
  const statements = [
    "CREATE EXTENSION pg_trgm",
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE DOMAIN label AS text CHECK (VALUE <> '')",
    "CREATE TYPE pair AS (one int, other int)",
    'CREATE TABLE "Odd ""name" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood, label label)',
    'CREATE TABLE parts (id int REFERENCES "Odd ""name", at date) PARTITION BY RANGE (at)',
    "CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "CREATE SEQUENCE numbers",
    "CREATE FUNCTION now_label() RETURNS text LANGUAGE sql AS 'SELECT now()::text'",
    "CREATE PROCEDURE nothing() LANGUAGE sql AS ''",
    "CREATE VIEW seen AS SELECT * FROM parts",
    "CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM seen",
    "CREATE SCHEMA books",
    "CREATE TABLE books.pages (text text)",
    "SELECT lo_from_bytea(0, 'large')",
  ];
  for (const statement of statements) await psql.query(statement);
  const clear = await readFile(join(import.meta.dirname, "clear.sql"), "utf8");
  await psql.query(clear.trimEnd().replace(/;$/, ""));
  const count = async (sql: string) => (await psql.query(`SELECT count(*) FROM ${sql}`))[0];
  assert.deepEqual(await rowsOf(psql), {});
  assert.equal(await count("pg_namespace WHERE nspname = 'books'"), "0");
  assert.equal(await count("pg_class WHERE relnamespace = 'public'::regnamespace"), "0");
  const own =
    "WHERE typnamespace = 'public'::regnamespace AND typname IN ('mood', 'label', 'pair')";
  assert.equal(await count(`pg_type ${own}`), "0");
  assert.equal(await count("pg_proc WHERE proname IN ('now_label', 'nothing')"), "0");
  assert.equal(await count("pg_largeobject_metadata"), "0");
  assert.deepEqual(await psql.query("SELECT similarity('backup', 'backups') > 0.5"), ["t"]);
  // What has been there can be made again.
  await psql.query("CREATE TABLE orders (id int)");
  await psql.end();
});

test("tables that have more rows, fewer, or are not there are named", () => {
  assert.deepEqual(differences({ a: 1, b: 2, c: 3 }, { a: 1, b: 1, d: 4 }), [
    "b has 1 rows, 2 expected",
    "c has no rows, 3 expected",
    "d has 4 rows, none expected",
  ]);
});
