import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { moveSecretsOfDatabase } from "./external.ts";

const URL = "postgres://site:s%40cret@db.example.net/shop?sslmode=require";

test("a password in .env moves to secrets/, and the rest of the file stays", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, `# mine\nDATABASE_URL=${URL}\nREPLICAS=3\n`);
  await moveSecretsOfDatabase(clone);
  assert.equal(
    await readFile(clone.envFile, "utf8"),
    "# mine\nDATABASE_URL=postgres://site@db.example.net/shop?sslmode=require\nREPLICAS=3\n",
  );
  const read = (name: string) => readFile(join(clone.secrets, name), "utf8");
  assert.equal(await read("external_database_site_password"), "s@cret");
  // Without DATABASE_MIGRATE_URL, migrate connects as the site.
  assert.equal(await read("external_database_password"), "s@cret");
});

test("a password that was moved stays, until the URL has another", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, `DATABASE_URL=${URL}\n`);
  await moveSecretsOfDatabase(clone);
  assert.deepEqual(await moveSecretsOfDatabase(clone), []);
  await writeFile(clone.envFile, `DATABASE_URL=${URL.replace("s%40cret", "another")}\n`);
  await moveSecretsOfDatabase(clone);
  const { own } = await readEnvironment(clone);
  assert.equal(own.DATABASE_URL?.includes("another"), false);
  for (const name of ["external_database_site_password", "external_database_password"]) {
    assert.equal(await readFile(join(clone.secrets, name), "utf8"), "another");
  }
});

test("a URL without a password, of which there is none in secrets/ either, is refused", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, "DATABASE_URL=postgres://site@db.example.net/shop\n");
  await assert.rejects(moveSecretsOfDatabase(clone), {
    exitCode: 78,
    message:
      /^\.env:1: DATABASE_URL has no password: put it into the URL once, .+ make that file empty$/,
  });
});

test("certificates that the URL names and nobody can read are refused", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, `DATABASE_URL=${URL}&sslrootcert=none.pem\n`);
  await assert.rejects(moveSecretsOfDatabase(clone), {
    exitCode: 78,
    message: /^the certificates of sslrootcert=none\.pem in DATABASE_URL cannot be read/,
  });
});
