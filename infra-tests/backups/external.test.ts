import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../../deploy/command.ts";
import { TlsPostgres } from "../tiers/tls-postgres.ts";
import { MODULE } from "./application.ts";
import { Gallery } from "./gallery.ts";

// A site that moves into a provider's database by backup and restore, and back, in order.
let site: Gallery;
let database: TlsPostgres;
before(async () => {
  site = await Gallery.start();
  database = await TlsPostgres.start(site.clone.stack.project);
  await site.createTable();
  await site.add(12);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

/** A deploy never replaces the database: a stack that moves is stopped before. */
async function startAgain(): Promise<void> {
  const { code, output } = await run("docker", ["compose", "down"], { cwd: site.clone.root });
  assert.equal(code, 0, output);
  await site.make("up.ts");
}

const sums = "SELECT name || ' ' || sum FROM pictures ORDER BY 1";

test("a backup of the stack's own database is restored into one elsewhere, over TLS, for its roles", async () => {
  const own = await site.sql(sums);
  await site.backUp();
  await copyFile(database.authorityFile, join(site.clone.root, "provider-ca.pem"));
  const query = "sslmode=verify-full&sslrootcert=provider-ca.pem";
  await site.clone.setEnv(
    `APP=${MODULE}`,
    `DATABASE_URL=${database.url("site", query)}`,
    `DATABASE_MIGRATE_URL=${database.url("owner", query)}`,
  );
  await startAgain();
  await site.make("restore.ts", { BACKUP: "latest", FORCE: "1" });
  assert.deepEqual((await database.sql(sums)).split("\n"), own);
  const owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
  assert.equal(await database.sql(owners), "owner");
  const rights = "SELECT has_table_privilege('site', 'pictures', 'INSERT')";
  assert.equal(await database.sql(rights), "t");
});

test("a backup of a database elsewhere is restored into the stack's own", async () => {
  await database.sql("INSERT INTO pictures VALUES ('elsewhere', 'x')");
  const { manifest } = await site.backUp();
  assert.equal(manifest.database.rows["public.pictures"], 13);
  await site.clone.setEnv(`APP=${MODULE}`);
  await startAgain();
  assert.equal((await site.sql(sums)).length, 12);
  await site.make("restore.ts", { BACKUP: "latest", FORCE: "1" });
  // Not the newest any more: what was here before is.
  const newest = (await site.backups()).at(-1);
  assert.equal(newest?.manifest.why, "before a restore");
  assert.equal((await site.sql(sums)).length, 13);
  const rights = "SELECT has_table_privilege('gatehouse_site', 'pictures', 'INSERT')";
  assert.deepEqual(await site.sql(rights), ["t"]);
});
