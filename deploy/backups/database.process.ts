import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { chooseImages, ensureImages, imageOf } from "../images.ts";
import { temporaryFolder } from "../testing.ts";
import { exportSnapshot, holdWrites, rowsOf } from "./database.ts";
import { MediaProcess } from "./media.ts";
import { catchMoment } from "./moment.ts";
import { Program } from "./program.ts";
import { Psql, SqlError } from "./psql.ts";
import { commit, differences } from "./restore-database.ts";

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

/** A table whose rows do something when they are committed. */
async function createTableWith(psql: Psql, table: string, atCommit: string): Promise<void> {
  await psql.query(`CREATE TABLE ${table} (id int)`);
  await psql.query(
    `CREATE FUNCTION ${table}_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ${atCommit}; RETURN NULL; END$$`,
  );
  await psql.query(
    `CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED ` +
      `FOR EACH ROW EXECUTE FUNCTION ${table}_at_commit()`,
  );
}

const insertInto = async (psql: Psql, table: string) => {
  await psql.query("BEGIN");
  await psql.query(`INSERT INTO ${table} VALUES (1)`);
};

test("a commit that the server refuses, and one that is lost before it is done, have changed nothing", async () => {
  const psql = await connect();
  await createTableWith(psql, "refused", "RAISE EXCEPTION 'not today'");
  await createTableWith(psql, "lost", "PERFORM pg_terminate_backend(pg_backend_pid())");
  await insertInto(psql, "refused");
  assert.equal(await commit(psql, connect), false);
  await insertInto(psql, "lost");
  assert.equal(await commit(psql, connect), false);
  const other = await connect();
  assert.deepEqual(await other.query("SELECT id FROM refused UNION SELECT id FROM lost"), []);
  await other.end();
});

test("a commit that is done, while the connection is lost before it says so, is known as done", async () => {
  const [psql, other] = await Promise.all([connect(), connect()]);
  await psql.query("CREATE TABLE done (id int)");
  const [pid] = await psql.query("SELECT pg_backend_pid()");
  // A commit waits for a standby that there is not, when it is on the server's own disk.
  await other.query("ALTER SYSTEM SET synchronous_standby_names = 'none_such'");
  await other.query("SELECT pg_reload_conf()");
  const setting = "SHOW synchronous_standby_names";
  const since = performance.now();
  while ((await psql.query(setting))[0] !== "none_such") assert.ok(!isLate(since, 5_000), setting);
  await insertInto(psql, "done");
  const committing = commit(psql, connect);
  const waits = `SELECT wait_event FROM pg_stat_activity WHERE pid = ${pid}`;
  while ((await other.query(waits))[0] !== "SyncRep") assert.ok(!isLate(since, 5_000), waits);
  await other.query(`SELECT pg_terminate_backend(${pid})`);
  assert.equal(await committing, true);
  assert.deepEqual(await other.query("SELECT id FROM done"), ["1"]);
  await other.query("ALTER SYSTEM RESET synchronous_standby_names");
  await other.query("SELECT pg_reload_conf()");
  await other.end();
});

test("a moment that cannot be caught, because of the media, holds no writes any more", async (t) => {
  const writer = await connect();
  await writer.query("CREATE TABLE caught (id int)");
  const root = await temporaryFolder(t);
  const source = await readFile(join(import.meta.dirname, "media-process.ts"), "utf8");
  const args = ["--input-type=module-typescript", "--eval", source, root];
  const program = new Program(process.execPath, args);
  t.after(() => program.stdin.end());
  const opened: Psql[] = [];
  const connecting = async () => {
    // The links have been made by then. A folder of theirs goes, and a file comes.
    await rm(join(root, ".gatehouse-backup"), { recursive: true });
    await writeFile(join(root, ".gatehouse-backup"), "");
    await writeFile(join(root, "late"), "");
    const psql = await connect();
    opened.push(psql);
    return psql;
  };
  await assert.rejects(catchMoment(connecting, new MediaProcess(program)), /the media: .*ENOTDIR/);
  assert.equal(opened.length, 2);
  await writer.query("SET lock_timeout = 2000");
  await writer.query("INSERT INTO caught VALUES (1)");
  await writer.end();
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
