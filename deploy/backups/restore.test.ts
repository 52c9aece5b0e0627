import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { temporaryFolder } from "../testing.ts";
import { encrypted, Identity } from "./encryption.ts";
import { unknownMigrations } from "./manifest.ts";
import { contentOf } from "./restore.ts";

test("an encrypted file of a backup needs BACKUP_IDENTITY, and the right one opens it", async (t) => {
  const folder = await temporaryFolder(t);
  const key = await generateX25519Identity();
  const source = Readable.from([Buffer.from("rows")]);
  const stored = await encrypted(source, [await identityToRecipient(key)]);
  await writeFile(join(folder, "database.dump.age"), await buffer(stored));
  const open = async (identity: Identity | undefined) =>
    String(await buffer(await contentOf(folder, "database.dump.age", identity)));
  await assert.rejects(open(undefined), /is encrypted: BACKUP_IDENTITY=FILE names the file/);
  const other = new Identity([await generateX25519Identity()]);
  await assert.rejects(open(other), /the key of BACKUP_IDENTITY does not open this backup/);
  assert.equal(await open(new Identity([key])), "rows");
});

test("a file that is not encrypted needs no key, and none is in its way", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "database.dump"), "rows");
  const key = new Identity([await generateX25519Identity()]);
  for (const identity of [undefined, key]) {
    assert.equal(String(await buffer(await contentOf(folder, "database.dump", identity))), "rows");
  }
});

test("a backup has a newer schema if the release lacks one of its migrations, and no more than that", () => {
  const manifest = { migrations: ["0001_first.sql", "0002_second.sql"] };
  const known = new Set(["0001_first.sql", "0003_third.sql"]);
  assert.deepEqual(unknownMigrations(manifest, known), ["0002_second.sql"]);
  assert.deepEqual(unknownMigrations(manifest, new Set([...known, "0002_second.sql"])), []);
});
